"""Predict a penguin's body mass from its measures, nest and species."""

from pathlib import Path

from pipeline_definitions.tabular import Problem, project, training

PROBLEM = Problem("body-mass", Path(__file__).parent / "problem", least_skill=0.5)
PROJECT = project(PROBLEM)


def get_pipeline(environment):
    return training(environment, PROBLEM)
