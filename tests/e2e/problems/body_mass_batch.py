"""Predict the body mass of delivered penguins."""

from pipeline_definitions.body_mass.pipeline import PROBLEM

from pipeline_definitions.tabular import batch


def get_pipeline(environment):
    return batch(environment, PROBLEM)
