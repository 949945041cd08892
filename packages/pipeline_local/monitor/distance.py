"""Distances between a distribution and its baseline.

After the constraint table of Model Monitor: *linf_simple* is the largest absolute difference of the
two cumulative distribution functions; *linf_robust* subtracts the difference expected of samples of
these sizes, after the two-sample Kolmogorov-Smirnov test. The factor 1.8 is Deequ's: two samples of
one distribution exceed it about three times in a thousand.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ROBUST_FACTOR = 1.8


def numerical_distance(
    points: NDArray[Any], ranks: NDArray[Any], ascending: NDArray[Any], *, robust: bool
) -> float:
    """Compare a column with its baseline, whose distribution `sketch_points` returned."""
    total = int(ranks[-1])
    where = np.concatenate([points, ascending])
    position = np.searchsorted(points, where, side="right")
    baseline = np.where(position > 0, ranks[np.maximum(position - 1, 0)], 0) / total
    current = np.searchsorted(ascending, where, side="right") / len(ascending)
    largest = float(np.max(np.abs(baseline - current)))
    return _corrected(largest, total, len(ascending), robust=robust)


def categorical_distance(
    baseline: Mapping[str, float], current: Mapping[str, float], *, robust: bool
) -> float:
    """Return the largest absolute difference of a category's share, 0 to 1; counts not empty."""
    before, after = sum(baseline.values()), sum(current.values())
    largest = max(
        abs(baseline.get(value, 0) / before - current.get(value, 0) / after)
        for value in {*baseline, *current}
    )
    return _corrected(largest, before, after, robust=robust)


def chi_squared_p_value(baseline: Mapping[str, float], current: Mapping[str, float]) -> float:
    """Test whether two counts of categories, not empty, are of one distribution."""
    from scipy.stats import chi2_contingency  # type: ignore[import-untyped]

    categories = sorted(
        value for value in {*baseline, *current} if baseline.get(value, 0) + current.get(value, 0)
    )
    if len(categories) < 2:  # noqa: PLR2004 (one category has one share)
        return 1.0
    table = [[counts.get(value, 0) for value in categories] for counts in (baseline, current)]
    return float(chi2_contingency(table).pvalue)


def _corrected(largest: float, first: float, second: float, *, robust: bool) -> float:
    if not robust:
        return largest
    expected = ROBUST_FACTOR * math.sqrt((first + second) / (first * second))
    return max(0.0, largest - expected)
