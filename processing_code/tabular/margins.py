"""How far chance may take a figure of few rows from the one that was registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtrit  # type: ignore[import-untyped]

from tabular.metrics import auc_of
from tabular.schema import BINARY, MULTICLASS, QUANTILE

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from tabular.schema import Schema

SIGNIFICANCE: Final = 0.01
"""How often the alarm may come of chance alone."""


def margin_of(pairs: int, registered: int, spread: float) -> float | None:
    """Return how far chance may take a figure of so many pairs beyond that of the baseline.

    The one-sided t-interval of the difference of two means, at `SIGNIFICANCE`; None where there are
    too few pairs for one.
    """
    if min(pairs, registered) < 2:  # noqa: PLR2004 - a deviation needs two
        return None
    error = spread * (1 / pairs + 1 / registered) ** 0.5
    return float(stdtrit(pairs - 1, 1 - SIGNIFICANCE) * error)


def spread_of(schema: Schema, monitored: pd.DataFrame) -> float:
    """Return the standard deviation of what a row adds to the figure that is watched.

    Of the squared or absolute errors, or of right answers. An AUC is no mean of its rows: it has
    the standard error of J. A. Hanley, B. J. McNeil: "The Meaning and Use of the Area under a ROC
    Curve" (1982), times the root of the number of rows.
    """
    if len(monitored) < 2:  # noqa: PLR2004 - a deviation needs two
        return 0.0
    truth = monitored[schema.target].to_numpy()
    if schema.problem == BINARY:
        return _spread_of_auc(truth.astype(np.int64), monitored["probability"].to_numpy(np.float64))
    if schema.problem == MULTICLASS:
        figure = (monitored["prediction"].to_numpy() == truth).astype(np.float64)
    else:
        figure = np.abs(monitored["prediction"].to_numpy(np.float64) - truth.astype(np.float64))
        figure = figure if schema.problem == QUANTILE else figure**2
    return float(figure.std(ddof=1))


def _spread_of_auc(truth: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> float:
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return 0.0
    area = auc_of(truth, scores)
    of_positives = (positives - 1) * (area / (2 - area) - area**2)
    of_negatives = (negatives - 1) * (2 * area**2 / (1 + area) - area**2)
    variance = (area * (1 - area) + of_positives + of_negatives) / (positives * negatives)
    return float((variance * len(truth)) ** 0.5)
