"""The fit of a model, and its loss on rows that it had not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tabular.encoder import Encoder
from tabular.failure import JobError
from tabular.losses import encode_target, losses
from tabular.model import LEVEL, Model, predict
from tabular.schema import REGRESSION

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    import pandas as pd

    from tabular.schema import Schema

    FloatArray = npt.NDArray[np.float64]

FOLDS: Final = 5


@dataclass(frozen=True)
class Fitted:
    """A model of all rows, and the mean loss of such models on rows that they had not seen."""

    model: Model
    unseen_loss: float


def fit(
    frame: pd.DataFrame, target: pd.Series, schema: Schema, make: Callable[[], Any], seed: int
) -> Fitted:
    """Fit on all rows; five times more, each time without a fifth, for errors and intervals."""
    truth = encode_target(schema, target)
    _refuse_too_few(truth, schema)
    encoder = Encoder.fit(frame)
    matrix = encoder.matrix(frame)
    raw = _unseen(matrix, truth, schema, make, seed)
    offsets = (0.0, 0.0)
    if schema.problem == REGRESSION:
        offsets = interval_offsets(truth - raw)
    estimator = make()
    estimator.fit(matrix, truth.astype(int) if schema.classifies else truth)
    loss = float(losses(schema, truth, raw).mean())
    return Fitted(Model(encoder, estimator, offsets), loss)


def _unseen(
    matrix: FloatArray, truth: FloatArray, schema: Schema, make: Callable[[], Any], seed: int
) -> FloatArray:
    from sklearn.model_selection import KFold, StratifiedKFold  # type: ignore[import-untyped]

    kind = StratifiedKFold if schema.classifies else KFold
    shape = (len(truth), len(schema.classes)) if schema.classifies else (len(truth),)
    raw = np.zeros(shape)
    for rest, away in kind(FOLDS, shuffle=True, random_state=seed).split(matrix, truth):
        estimator = make()
        estimator.fit(matrix[rest], truth[rest].astype(int) if schema.classifies else truth[rest])
        raw[away] = predict(estimator, schema, matrix[away])
    return raw


def interval_offsets(residuals: FloatArray) -> tuple[float, float]:
    """Return the ends around a prediction that hold `LEVEL` of new rows.

    Each end is the residual whose rank is corrected for a finite number of rows (split conformal
    prediction, Lei et al. 2018).
    """
    ordered = np.sort(residuals)
    count, tail = len(ordered), (1 - LEVEL) / 2
    rank = int(np.floor((count + 1) * tail))
    low, high = max(rank - 1, 0), min(count - rank, count - 1)
    return float(ordered[low]), float(ordered[high])


def _refuse_too_few(truth: FloatArray, schema: Schema) -> None:
    if not schema.classifies:
        if len(truth) < 2 * FOLDS:
            raise JobError(f"{len(truth)} rows to train on: at least {2 * FOLDS} are needed")
        return
    counts = np.bincount(truth.astype(int), minlength=len(schema.classes))
    for name, count in zip(schema.classes, counts, strict=True):
        if count < FOLDS:
            raise JobError(
                f"{count} rows of class {name!r} to train on: at least {FOLDS} are needed; "
                "deliver more, or take the class out of the schema's levels"
            )
