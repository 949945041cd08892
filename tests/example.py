"""Whether the abalone pipelines are here: adopters take them out."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pipeline_definitions.catalog import pipeline_files
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

PIPELINES = frozenset({"training", "batch-inference", "model-quality"})
HERE = pipeline_files().keys() >= PIPELINES and (PROJECT / "processing_code/abalone").is_dir()
# What is made of their templates, data and models.
FIXTURES = frozenset({"stand_in", "trained", "training", "tree"})
LEFT_OUT = (
    *("integration/processing_code", "property/processing_code", "unit/processing_code"),
    "integration/benchmarks/test_gate.py",
)


def take_out(project: Path) -> None:
    """Delete what `docs/customise.md` says: modules, folder, and the programs that import it."""
    for name in PIPELINES:
        (project / "pipeline_definitions" / f"{name.replace('-', '_')}.py").unlink()
    code = project / "processing_code"
    shutil.rmtree(code / "abalone")
    for program in code.glob("*.py"):
        if "from abalone" in program.read_text(encoding="utf-8"):
            program.unlink()
