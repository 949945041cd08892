"""Where rows come from, and by which rule they were split: kept with the rows and the model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from abalone.split import SPLIT
from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN_FILE: Final = "origin.json"


def origin_of(*, sha256: str, synthetic: bool, rows: int, test_share: float) -> dict[str, Any]:
    """Describe the rows of a run."""
    return {
        "sha256": sha256,
        "synthetic": synthetic,
        "rows": rows,
        "split": SPLIT,
        "test_share": test_share,
    }


def read_origin(folder: Path) -> dict[str, Any]:
    """Read what Preprocess left beside the rows."""
    file = folder / ORIGIN_FILE
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return origin_of(
            sha256=str(found["sha256"]),
            synthetic=bool(found["synthetic"]),
            rows=int(found["rows"]),
            test_share=float(found["test_share"]),
        ) | {"split": str(found["split"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise JobError(
            f"{file} does not say where the rows come from: run Preprocess again"
        ) from None


def is_fair(model: dict[str, Any], rows: dict[str, Any]) -> bool:
    """Return whether a model of this origin cannot have learned from the test rows."""
    same = model.get("split") == rows["split"]
    return bool(same and model.get("test_share", 0.0) >= rows["test_share"])
