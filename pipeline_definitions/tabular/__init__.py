"""Pipelines of any table's problem: training, batch inference and model quality, composed of parts.

>>> from pipeline_definitions.tabular import Problem, Search, batch, project, quality, training
"""

from pipeline_definitions.hyperparameter_search import Search
from pipeline_definitions.tabular.batch import batch
from pipeline_definitions.tabular.late_truth import quality
from pipeline_definitions.tabular.operation import project
from pipeline_definitions.tabular.problem import Problem
from pipeline_definitions.tabular.training import training

__all__ = ["Problem", "Search", "batch", "project", "quality", "training"]
