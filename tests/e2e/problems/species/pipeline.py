"""Tell a penguin's species from its measures."""

from pathlib import Path

from pipeline_definitions.tabular import Problem, training

PROBLEM = Problem("species", Path(__file__).parent / "problem", estimator="linear", least_skill=0.5)


def get_pipeline(environment):
    return training(environment, PROBLEM)
