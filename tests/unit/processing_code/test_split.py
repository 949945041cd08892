from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from abalone.split import (
    SMALLEST_STRATUM,
    TEST,
    TRAIN,
    VALIDATION,
    assign,
    content_hash,
    strata,
)
from mlops.data.generate import draw
from tabular.failure import JobError

if TYPE_CHECKING:
    from abalone.schema import Columns


@pytest.fixture(scope="module")
def columns() -> Columns:
    return dict(draw(4000, seed=2))


def split(
    columns: Columns, seed: int = 1, validation: float = 0.15, test: float = 0.15
) -> np.ndarray:
    return assign(columns, seed=seed, validation_share=validation, test_share=test)


def test_shares_are_met(columns: Columns) -> None:
    counts = np.bincount(split(columns, validation=0.2, test=0.1))
    assert counts.tolist() == pytest.approx([2800, 800, 400], abs=2)


def test_every_split_has_the_rings_of_the_whole(columns: Columns) -> None:
    splits, rings = split(columns), columns["rings"]
    for part in (TRAIN, VALIDATION, TEST):
        own = rings[splits == part]
        assert own.mean() == pytest.approx(rings.mean(), abs=0.1)
        for value in (6, 9, 12):
            assert (own == value).mean() == pytest.approx((rings == value).mean(), abs=0.01)


def test_seeds_differ_and_repeat(columns: Columns) -> None:
    assert np.array_equal(split(columns, 1), split(columns, 1))
    both = (split(columns, 1) == TEST) & (split(columns, 2) == TEST)
    assert both.sum() == pytest.approx(4000 * 0.15 * 0.15, abs=40), "seeds are independent"


def test_identical_rows_stay_together(columns: Columns) -> None:
    twice = {name: np.concatenate([values, values]) for name, values in columns.items()}
    splits = split(twice)
    assert np.array_equal(splits[:4000], splits[4000:])


def test_every_column_counts_for_the_hash(columns: Columns) -> None:
    before = content_hash(columns, 1)
    assert len(np.unique(before)) == len(
        np.unique(
            np.array([list(map(str, row)) for row in zip(*columns.values(), strict=True)]), axis=0
        )
    )
    for name, values in columns.items():
        changed = np.roll(values, 1)
        after = content_hash({**columns, name: changed}, 1)
        assert np.array_equal(after == before, changed == values), name


def test_rare_rings_are_grouped_with_their_neighbours() -> None:
    rings = np.repeat([1, 5, 6, 7, 20, 29], [1, 30, 40, 5, 10, 2])
    groups = strata(rings)
    assert np.bincount(groups).min() >= SMALLEST_STRATUM
    assert groups.tolist() == sorted(groups)
    assert groups[0] == groups[1], "the single young one is with the fives"
    assert groups[-1] == groups[80], "the few old ones are with the nearest that are many"
    assert strata(np.array([3, 9])).tolist() == [0, 0]


@pytest.mark.parametrize(("validation", "test"), [(0.0, 0.1), (0.5, 0.5), (0.1, -0.1), (1.2, 0.1)])
def test_impossible_shares_are_refused(columns: Columns, validation: float, test: float) -> None:
    with pytest.raises(JobError, match="leave rows to train on"):
        split(columns, 1, validation, test)
