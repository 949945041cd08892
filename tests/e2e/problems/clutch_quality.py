"""Compare incomplete nests, known later, with what was predicted."""

from pipeline_definitions.clutch.pipeline import PROBLEM

from pipeline_definitions.tabular import quality


def get_pipeline(environment):
    return quality(environment, PROBLEM)
