"""What a prediction costs: one measure for each kind of problem, for gate and champion alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tabular.schema import QUANTILE, REGRESSION

if TYPE_CHECKING:
    import numpy.typing as npt

    from tabular.schema import Schema

    FloatArray = npt.NDArray[np.float64]

_LEAST: Final = 1e-15
LOSS: Final = {
    REGRESSION: "squared error",
    QUANTILE: "pinball loss",
    "binary": "log loss",
    "multiclass": "log loss",
}


def encode_target(schema: Schema, target: object) -> FloatArray:
    """Return the numbers of a target: itself, or the position of its class."""
    found = np.asarray(target)
    if not schema.classifies:
        return found.astype(np.float64)
    position = {name: float(at) for at, name in enumerate(schema.classes)}
    return np.array([position[str(each)] for each in found])


def losses(schema: Schema, truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Return the loss of each row; `predicted` has a column for each class of a classifier."""
    if schema.problem == REGRESSION:
        return np.asarray((truth - predicted) ** 2)
    if schema.problem == QUANTILE:
        above = truth - predicted
        return np.maximum(schema.quantile * above, (schema.quantile - 1) * above)
    shares = predicted[np.arange(len(truth)), truth.astype(int)]
    return np.asarray(-np.log(np.clip(shares, _LEAST, 1.0)))


def constant_losses(schema: Schema, truth: FloatArray) -> FloatArray:
    """Return the losses of the best that a constant can do on these rows."""
    if schema.problem == REGRESSION:
        return losses(schema, truth, np.full(len(truth), truth.mean()))
    if schema.problem == QUANTILE:
        return losses(schema, truth, np.full(len(truth), np.quantile(truth, schema.quantile)))
    shares = np.bincount(truth.astype(int), minlength=len(schema.classes)) / len(truth)
    return losses(schema, truth, np.tile(shares, (len(truth), 1)))
