"""Predict whether a nest stays incomplete, which one of ten does."""

from pathlib import Path

from pipeline_definitions.tabular import Problem, project, training

PROBLEM = Problem(
    "clutch",
    Path(__file__).parent / "problem",
    estimator="xgboost",
    settings={"max_depth": 2, "n_estimators": 20, "learning_rate": 0.1, "min_child_weight": 4},
    least_skill=0.0,
)
PROJECT = project(PROBLEM)


def get_pipeline(environment):
    return training(environment, PROBLEM)
