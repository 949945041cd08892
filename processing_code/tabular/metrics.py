"""The figures of a test, in the form that reports and the registry show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tabular.files import rounded
from tabular.schema import BINARY, MULTICLASS, QUANTILE

if TYPE_CHECKING:
    import numpy.typing as npt

    from tabular.schema import Schema

    FloatArray = npt.NDArray[np.float64]

# The samples that a standard deviation is of.
_TIMES = 100


def metrics_of(schema: Schema, truth: FloatArray, raw: FloatArray) -> dict[str, Any]:
    """Measure predictions; standard deviations are those of resampled rows."""
    names = {BINARY: "binary_classification", MULTICLASS: "multiclass_classification"}
    draw = np.random.default_rng(0)
    samples = [
        _figures(schema, truth[chosen], raw[chosen])
        for chosen in draw.integers(0, len(truth), (_TIMES, len(truth)))
    ]
    return {
        f"{names.get(schema.problem, 'regression')}_metrics": {
            name: {
                "value": rounded(value),
                "standard_deviation": rounded(float(np.std([each[name] for each in samples]))),
            }
            for name, value in _figures(schema, truth, raw).items()
        }
    }


def _figures(schema: Schema, truth: FloatArray, raw: FloatArray) -> dict[str, float]:
    if schema.classifies:
        return _of_classes(schema, truth.astype(int), raw)
    errors = truth - raw
    found = {"mae": float(np.abs(errors).mean())}
    if schema.problem == QUANTILE:
        return {**found, "share_below": float((truth <= raw).mean())}
    mse = float((errors**2).mean())
    spread = float(truth.var())
    return {
        **found,
        "mse": mse,
        "rmse": float(np.sqrt(mse)),
        "r2": 1 - mse / spread if spread else 0.0,
    }


def _of_classes(schema: Schema, truth: npt.NDArray[np.int64], raw: FloatArray) -> dict[str, float]:
    said = (raw[:, 1] >= 0.5).astype(int) if schema.problem == BINARY else raw.argmax(axis=1)  # noqa: PLR2004
    recalls, precisions = [], []
    for label in range(len(schema.classes)):
        right = float(((said == label) & (truth == label)).sum())
        recalls.append(right / max(float((truth == label).sum()), 1.0))
        precisions.append(right / max(float((said == label).sum()), 1.0))
    found = {"accuracy": float((said == truth).mean())}
    if schema.problem == BINARY:
        return {
            **found,
            "auc": auc_of(truth, raw[:, 1]),
            "precision": precisions[1],
            "recall": recalls[1],
        }
    return {**found, "balanced_accuracy": float(np.mean(recalls))}


def auc_of(truth: npt.NDArray[np.int64], scores: FloatArray) -> float:
    """Return the area under the ROC curve; 0.5 where one class only is there."""
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return 0.5
    ranks = pd.Series(scores).rank()[truth == 1].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))
