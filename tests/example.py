"""Whether the abalone pipelines are here: adopters take them out."""

from __future__ import annotations

from pipeline_definitions.catalog import pipeline_files
from tests.synthesis import PROJECT

PIPELINES = frozenset({"training", "batch-inference", "model-quality"})
HERE = pipeline_files().keys() >= PIPELINES and (PROJECT / "processing_code/abalone").is_dir()
# What is made of their templates, data and models.
FIXTURES = frozenset({"all_environments", "stand_in", "trained", "training", "tree"})
FOLDERS = ("integration/processing_code", "property/processing_code", "unit/processing_code")
