"""Compare penguins' body masses, weighed later, with what was predicted."""

from pipeline_definitions.body_mass.pipeline import PROBLEM

from pipeline_definitions.tabular import quality


def get_pipeline(environment):
    return quality(environment, PROBLEM)
