"""How far a batch's columns are from those of training, from Model Monitor's own statistics.

Both sides are `statistics.json` as the analyzer writes it. Numbers are compared by the largest
difference of the two cumulative distributions, as far as their histograms tell; categories by the
largest difference of a share. It is the distance that a drift check limits, before it allows for
the size of samples, and is there also for columns that violate nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from abalone.failure import JobError
from abalone.files import rounded

if TYPE_CHECKING:
    from pathlib import Path

    from abalone.schema import FloatArray


def read_statistics(path: Path) -> dict[str, dict[str, Any]]:
    """Read the columns of a `statistics.json`.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to dict
        By name.

    Raises
    ------
    JobError
        If it is something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {str(feature["name"]): feature for feature in document["features"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JobError(f"{path} does not hold statistics of Model Monitor: {error!r}") from None


def distances(
    baseline: dict[str, dict[str, Any]], current: dict[str, dict[str, Any]]
) -> dict[str, float]:
    """Measure every column that both have.

    Parameters
    ----------
    baseline, current : dict
        As `read_statistics` gives them.

    Returns
    -------
    dict of str to float
        0 to 1 by column; columns that have changed their type, or hold nothing, are left out.
    """
    found = {}
    for name, before in baseline.items():
        distance = _distance(before, current.get(name, {}))
        if distance is not None:
            found[name] = rounded(distance)
    return found


def _distance(before: dict[str, Any], now: dict[str, Any]) -> float | None:
    numbers = [_buckets(side) for side in (before, now)]
    if all(numbers):
        return _numerical(*(np.array(side, dtype=np.float64) for side in numbers))
    counts = [_categories(side) for side in (before, now)]
    if all(counts):
        return _categorical(*counts)
    return None


def _buckets(feature: dict[str, Any]) -> list[tuple[float, float, float]]:
    sketch = feature.get("numerical_statistics", {}).get("distribution", {}).get("kll", {})
    return [
        (bucket["lower_bound"], bucket["upper_bound"], bucket["count"])
        for bucket in sketch.get("buckets") or []
        if bucket["count"]
    ]


def _categories(feature: dict[str, Any]) -> dict[str, float]:
    spread = feature.get("string_statistics", {}).get("distribution", {}).get("categorical", {})
    return {str(each["value"]): each["count"] for each in spread.get("buckets") or []}


def _numerical(before: FloatArray, now: FloatArray) -> float:
    where = np.unique(np.concatenate([before[:, :2].ravel(), now[:, :2].ravel()]))
    return float(np.max(np.abs(_cumulative(before, where) - _cumulative(now, where))))


def _cumulative(buckets: FloatArray, where: FloatArray) -> FloatArray:
    """Give the share below each place, each bucket spread evenly over its width."""
    lower, upper, count = buckets[:, 0, None], buckets[:, 1, None], buckets[:, 2, None]
    width = np.maximum(upper - lower, np.finfo(np.float64).tiny)
    inside = np.clip((where[None, :] - lower) / width, 0, 1)
    inside = np.where(upper > lower, inside, where[None, :] >= upper)
    shares: FloatArray = (inside * count).sum(axis=0) / count.sum()
    return shares


def _categorical(before: dict[str, float], now: dict[str, float]) -> float:
    first, second = sum(before.values()), sum(now.values())
    return max(
        abs(before.get(value, 0) / first - now.get(value, 0) / second) for value in {*before, *now}
    )
