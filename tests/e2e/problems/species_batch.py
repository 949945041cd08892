"""Predict species of delivered penguins."""

from pipeline_definitions.species.pipeline import PROBLEM

from pipeline_definitions.tabular import batch


def get_pipeline(environment):
    return batch(environment, PROBLEM)
