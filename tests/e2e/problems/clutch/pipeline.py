"""Predict whether a nest stays incomplete, which one of ten does."""

from pathlib import Path

from pipeline_definitions.tabular import Problem, Search, project, training

PROBLEM = Problem(
    "clutch",
    Path(__file__).parent / "problem",
    estimator="xgboost",
    settings={"n_estimators": 20, "min_child_weight": 4},
    search=Search({"max_depth": (1, 3), "learning_rate": (0.05, 0.2)}, trials=3),
    least_skill=0.0,
)
PROJECT = project(PROBLEM)


def get_pipeline(environment):
    return training(environment, PROBLEM)
