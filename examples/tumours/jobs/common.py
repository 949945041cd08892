"""The common parts of the jobs: columns, SageMaker's folders, and the report of a failure."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = "malignant"
MEASURES = ("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity")
MEASURES += ("concave_points", "symmetry", "fractal_dimension")
FEATURES = [f"mean_{name}" for name in MEASURES]
FEATURES += [f"{name}_error" for name in MEASURES]
FEATURES += [f"worst_{name}" for name in MEASURES]
MODEL = "model.joblib"

INPUT, OUTPUT = Path("/opt/ml/processing/input"), Path("/opt/ml/processing/output")


class JobError(Exception):
    """Bad data: the message says what, where and what to do."""


def read_table(path: Path) -> pd.DataFrame:
    """Read rows with target and features, numbers all of them."""
    table = pd.read_csv(path)
    wanted = [TARGET, *FEATURES]
    if missing := [name for name in wanted if name not in table]:
        raise JobError(f"{path.name}: has no column {', '.join(missing[:3])}")
    table = table[wanted]
    odd = [name for name in wanted if not pd.api.types.is_numeric_dtype(table[name])]
    if odd:
        raise JobError(f"{path.name}: column {odd[0]} holds something that is no number")
    return table


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, sort_keys=True), encoding="utf-8")


def run(job: Callable[[], None]) -> None:
    """Run a job; leave the reason of a `JobError` where SageMaker shows it."""
    try:
        job()
    except JobError as error:
        Path("/opt/ml/output/failure").write_text(str(error), encoding="utf-8")
        sys.exit(f"error: {error}")
