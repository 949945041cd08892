"""Tell a penguin's species from its measures."""

from pathlib import Path

from pipeline_definitions.tabular import Problem, project, training

PROBLEM = Problem("species", Path(__file__).parent / "problem", estimator="linear", least_skill=0.5)
PROJECT = project(PROBLEM)


def get_pipeline(environment):
    return training(environment, PROBLEM)
