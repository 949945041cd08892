"""Predict incomplete nests of delivered penguins."""

from pipeline_definitions.clutch.pipeline import PROBLEM

from pipeline_definitions.tabular import batch


def get_pipeline(environment):
    return batch(environment, PROBLEM)
