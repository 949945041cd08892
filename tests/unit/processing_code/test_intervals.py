from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from abalone.intervals import Intervals, coverage
from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path


def animals(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Predictions, and what was: the older the animal, the wider it scatters, upwards mostly."""
    pick = np.random.default_rng(seed)
    predictions = pick.uniform(3, 18, rows)
    return predictions, predictions + (pick.gamma(2, 1, rows) - 2) * predictions / 6


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_they_hold_the_stated_share_of_rows_never_seen(level: float) -> None:
    intervals = Intervals.fit(*animals(4_000, seed=1), level=level)
    predictions, rings = animals(20_000, seed=2)
    lower, upper = intervals.around(predictions.astype(np.float32))
    assert coverage(rings, lower, upper) == pytest.approx(level, abs=0.012)


def test_they_hold_it_among_the_young_and_among_the_old() -> None:
    intervals = Intervals.fit(*animals(4_000, seed=1))
    predictions, rings = animals(20_000, seed=2)
    lower, upper = intervals.around(predictions.astype(np.float32))
    for young in (predictions < 6, predictions > 15):
        assert coverage(rings[young], lower[young], upper[young]) == pytest.approx(0.9, abs=0.04)
    width = upper - lower
    assert width[predictions > 15].mean() > 2 * width[predictions < 6].mean()


def test_the_order_of_rows_does_not_matter_and_files_keep_all(tmp_path: Path) -> None:
    predictions, rings = animals(700, seed=3)
    intervals = Intervals.fit(predictions, rings)
    assert Intervals.fit(predictions[::-1], rings[::-1]) == intervals
    intervals.save(tmp_path / "intervals.json")
    assert Intervals.load(tmp_path / "intervals.json") == intervals


def test_few_rows_give_wide_intervals_not_an_error() -> None:
    intervals = Intervals.fit(np.array([5.0, 9.0, 7.0]), np.array([4.0, 12.0, 7.0]))
    lower, upper = intervals.around(np.array([7.0, 0.5], dtype=np.float32))
    assert lower[0] <= 6.1
    assert upper[0] >= 9.9
    assert lower[1] == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"level": 0.9}',
        '{"level": 0.9, "centres": [1], "lower": [], "upper": [1]}',
        '{"level": 0.9, "centres": [2, 1], "lower": [0, 0], "upper": [1, 1]}',
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "intervals.json"
    file.write_text(text)
    with pytest.raises(JobError, match=r"intervals\.json"):
        Intervals.load(file)


def test_no_rows_is_an_error() -> None:
    with pytest.raises(JobError, match="need rows"):
        Intervals.fit(np.array([]), np.array([]))
