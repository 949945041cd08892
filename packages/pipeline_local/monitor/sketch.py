"""The quantile sketch of Model Monitor's statistics, in KLL's form.

A KLL sketch is a list of levels; an item of level *i* stands for 2**i values
(https://arxiv.org/abs/1603.05346). The container compacts at random while it reads. Here the column
is complete and sorted, so each item is the middle of its block: the rank error is at most half a
block, and neither the order of rows nor chance changes the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The parameters that the container writes.
K = 2048
C = 0.64
BUCKETS = 10


def kll_levels(ascending: NDArray[Any]) -> list[list[float]]:
    """Sketch a sorted column: at most `K` items in the top level and one in each below."""
    count = len(ascending)
    top = max(0, (-(-count // K) - 1).bit_length())
    levels: list[list[float]] = [[] for _ in range(top + 1)]
    start = 0
    for level in range(top, -1, -1):
        weight = 1 << level
        blocks = (count - start) // weight
        end = start + blocks * weight
        middles = ascending[start + weight // 2 : end : weight]
        levels[level] = [float(value) for value in middles]
        start = end
    return levels


def sketch_points(levels: list[list[float]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Read a sketch as a cumulative distribution."""
    values = np.concatenate([np.asarray(level, dtype=float) for level in levels] or [np.empty(0)])
    weights = np.concatenate(
        [np.full(len(items), 1 << level) for level, items in enumerate(levels)]
        or [np.empty(0, dtype=int)]
    )
    order = np.argsort(values, kind="stable")
    return values[order], np.cumsum(weights[order])


def bucket_counts(ascending: NDArray[Any]) -> list[dict[str, float]]:
    """Count a sorted column in `BUCKETS` buckets of equal width; only the last includes its end."""
    low, high = float(ascending[0]), float(ascending[-1])
    # Weighed, not low + step * index, which may overflow; rounding must not turn bounds around.
    shares = np.arange(BUCKETS + 1) / BUCKETS
    weighed = np.clip(low * (1 - shares) + high * shares, low, high)
    bounds = [float(bound) for bound in np.maximum.accumulate(weighed)]
    inner = np.searchsorted(ascending, bounds[1:-1], side="left")
    places = [0, *(int(place) for place in inner), len(ascending)]
    return [
        {
            "lower_bound": bounds[index],
            "upper_bound": bounds[index + 1],
            "count": float(places[index + 1] - places[index]),
        }
        for index in range(BUCKETS)
    ]
