"""The command line's own cost, against an interpreter that loads typer and does nothing."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from benchmarks.measuring import repeated, row
from benchmarks.project_copy import project_copy

_HELP = 0.2


def run() -> list[dict[str, Any]]:
    """Measure what answers without a synthesis."""
    with project_copy() as project:
        floor = repeated(partial(project.run, sys.executable, "-c", "import typer"))
        shown = {
            words: repeated(partial(project.mlops, *words.split()))
            for words in ("--help", "run --help", "runs list")
        }
    return [
        row(f"mlops {words}", floor, samples, limit=_HELP if words == "--help" else None)
        for words, samples in shown.items()
    ]
