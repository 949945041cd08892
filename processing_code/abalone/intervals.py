"""Prediction intervals: they hold the true value in a stated share of cases.

Conformalised quantile regression (Romano, Patterson, Candès: "Conformalized Quantile Regression",
NeurIPS 2019) with the simplest of quantile models: rows are grouped by their predictions, each
group has its own quantiles of the residuals, and between the groups' centres they are
interpolated. Old animals are harder to tell apart, so their intervals are wider. The residuals are
those of cross-validation, so no row is judged by a model that learned from it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from tabular.failure import JobError
from tabular.files import rounded, write_json

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from abalone.schema import FloatArray

FILE_NAME: Final = "intervals.json"
_LISTS: Final = ("centres", "lower", "upper")
LEVEL: Final = 0.9
MOST_GROUPS: Final = 8
ROWS_PER_GROUP: Final = 50
"""A quantile of 5 % needs some rows beyond it."""


@dataclass(frozen=True)
class Intervals:
    """The offsets from a prediction to the ends of its interval.

    `level` is the share of true values that intervals are to hold. `centres` are ascending
    predictions in rings, and `lower` and `upper` their offsets in rings.
    """

    level: float
    centres: list[float]
    lower: list[float]
    upper: list[float]

    @classmethod
    def fit(cls, predictions: FloatArray, rings: FloatArray, level: float = LEVEL) -> Intervals:
        """Learn the offsets from predictions of rows that the models had not seen."""
        count = len(rings)
        if not count:
            raise JobError("prediction intervals need rows that were predicted without being seen")
        residuals = rings - predictions
        groups = min(MOST_GROUPS, max(1, count // ROWS_PER_GROUP))
        parts = np.array_split(np.lexsort((residuals, predictions)), groups)
        centres = np.array([predictions[part].mean() for part in parts])
        share = (1 - level) / 2
        lower = np.array([np.quantile(residuals[part], share) for part in parts])
        upper = np.array([np.quantile(residuals[part], 1 - share) for part in parts])
        # How far each row lies outside its interval, negative inside: moving both ends by the
        # quantile of that gives the level, with the correction for a finite number of rows.
        outside = np.maximum(
            np.interp(predictions, centres, lower) - residuals,
            residuals - np.interp(predictions, centres, upper),
        )
        rank = min(int(np.ceil((count + 1) * level)), count)
        move = float(np.sort(outside)[rank - 1])
        return cls(
            level,
            [rounded(float(value)) for value in centres],
            [rounded(float(value) - move) for value in lower],
            [rounded(float(value) + move) for value in upper],
        )

    def around(
        self, predictions: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return the lower and upper end for each prediction, in rings and at least 0."""
        exact = predictions.astype(np.float64)
        lower = exact + np.interp(exact, self.centres, self.lower)
        upper = exact + np.interp(exact, self.centres, self.upper)
        return np.maximum(lower, 0).astype(np.float32), np.maximum(upper, 0).astype(np.float32)

    def save(self, file: Path) -> None:
        """Write the offsets."""
        write_json(file, asdict(self))

    @classmethod
    def load(cls, file: Path) -> Intervals:
        """Read what `save` wrote."""
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
            level = float(held["level"])
            lists = {name: [float(value) for value in held[name]] for name in _LISTS}
        except (OSError, ValueError, KeyError, TypeError):
            raise JobError(f"{file} does not hold the prediction intervals of a training") from None
        sizes = {len(values) for values in lists.values()}
        if len(sizes) != 1 or sizes == {0} or lists["centres"] != sorted(lists["centres"]):
            raise JobError(f"{file}: centres, lower and upper do not belong together")
        return cls(level, **lists)


def coverage(rings: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """Return the share of intervals that hold the true value."""
    return float(np.mean((lower <= rings) & (rings <= upper)))
