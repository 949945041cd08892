"""The distance of a batch's columns from those of training, by Model Monitor's own statistics.

Both sides are `statistics.json` as the analyzer writes it. Numbers are compared by the largest
difference of the two cumulative distributions, from their KLL sketches; categories by the largest
difference of a share. It is the distance that a drift check limits, before it allows for the size
of samples, and is also known for columns that violate nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from tabular.failure import JobError
from tabular.files import rounded

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


def read_statistics(path: Path) -> dict[str, dict[str, Any]]:
    """Read the columns of a `statistics.json`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {str(feature["name"]): feature for feature in document["features"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JobError(f"{path} does not hold statistics of Model Monitor: {error!r}") from None


def distances(
    baseline: dict[str, dict[str, Any]], current: dict[str, dict[str, Any]]
) -> dict[str, float]:
    """Measure every column that both have, from 0 to 1.

    Columns that have changed their type, or hold nothing, are left out.
    """
    found = {}
    for name, before in baseline.items():
        distance = _distance(before, current.get(name, {}))
        if distance is not None:
            found[name] = rounded(distance)
    return found


def _distance(before: dict[str, Any], now: dict[str, Any]) -> float | None:
    numbers = [_points(side) for side in (before, now)]
    if all(len(values) for values, _ in numbers):
        return _numerical(*numbers)
    counts = [_categories(side) for side in (before, now)]
    if all(counts):
        return _categorical(*counts)
    return None


def _points(feature: dict[str, Any]) -> tuple[FloatArray, FloatArray]:
    """Return the values that a sketch kept, ascending, and the number of values each stands for."""
    spread = feature.get("numerical_statistics", {}).get("distribution", {}).get("kll", {})
    levels = spread.get("sketch", {}).get("data") or []
    values = np.array([value for level in levels for value in level], dtype=np.float64)
    # What is left after n compactions stands for 2**n values.
    weights = np.array(
        [float(2**n) for n, level in enumerate(levels) for _ in level], dtype=np.float64
    )
    order = np.argsort(values, kind="stable")
    return values[order], weights[order]


def _categories(feature: dict[str, Any]) -> dict[str, float]:
    spread = feature.get("string_statistics", {}).get("distribution", {}).get("categorical", {})
    return {str(each["value"]): each["count"] for each in spread.get("buckets") or []}


def _numerical(before: tuple[FloatArray, FloatArray], now: tuple[FloatArray, FloatArray]) -> float:
    where = np.concatenate([before[0], now[0]])
    return float(np.max(np.abs(_share_up_to(where, *before) - _share_up_to(where, *now))))


def _share_up_to(where: FloatArray, values: FloatArray, weights: FloatArray) -> FloatArray:
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    shares: FloatArray = sums[np.searchsorted(values, where, side="right")] / sums[-1]
    return shares


def _categorical(before: dict[str, float], now: dict[str, float]) -> float:
    first, second = sum(before.values()), sum(now.values())
    return max(
        abs(before.get(value, 0) / first - now.get(value, 0) / second) for value in {*before, *now}
    )
