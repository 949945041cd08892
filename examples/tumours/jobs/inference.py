"""The functions that the model server calls: 30 measurements in, class and probability out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from common import FEATURES, MODEL


def model_fn(model_dir: str) -> Any:
    """Load the model."""
    return joblib.load(Path(model_dir) / MODEL)


def input_fn(body: str, content_type: str) -> pd.DataFrame:
    """Read CSV rows without a header."""
    if content_type != "text/csv":
        raise ValueError(f"content type {content_type!r} is not understood: send text/csv")
    rows = pd.read_csv(io.StringIO(body), header=None)
    if rows.shape[1] != len(FEATURES):
        raise ValueError(f"a row has {rows.shape[1]} columns, not {len(FEATURES)}")
    return rows.set_axis(FEATURES, axis="columns")


def predict_fn(rows: pd.DataFrame, model: Any) -> list[tuple[int, float]]:
    """Predict for each row whether it is malignant, and how probable that is."""
    return [(int(share >= 0.5), float(share)) for share in model.predict_proba(rows)[:, 1]]  # noqa: PLR2004


def output_fn(answers: list[tuple[int, float]], accept: str) -> tuple[str, str]:
    """Write `malignant,probability`, one line a row."""
    del accept
    return "\n".join(f"{label},{share:.6f}" for label, share in answers), "text/csv"
