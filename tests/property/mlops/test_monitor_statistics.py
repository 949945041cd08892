"""Laws of the statistics, whatever the data."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline_local.monitor.columns import profile_column
from pipeline_local.monitor.constraints import suggest_constraints
from pipeline_local.monitor.distance import categorical_distance, numerical_distance
from pipeline_local.monitor.sketch import K, bucket_counts, kll_levels, sketch_points
from pipeline_local.monitor.statistics import build_statistics

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.one_of(
    st.sampled_from(["", "1", "2.5", "-3", "nan", "x", "inf", " 7 "]), st.text(max_size=3)
)
COLUMNS = st.lists(st.one_of(st.none(), TEXTS), min_size=1, max_size=40)
COUNTS = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 50), min_size=1)


def _described(values: list[str | None]) -> Any:
    profile = profile_column(pl.Series("c", values, dtype=pl.String))
    return [build_statistics([profile]), suggest_constraints([profile])]


@given(COLUMNS, st.integers())
def test_the_order_of_the_rows_changes_nothing(values: list[str | None], seed: int) -> None:
    shuffled = list(values)
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    assert json.dumps(_described(shuffled)) == json.dumps(_described(values))


@given(COLUMNS)
def test_every_row_is_counted_once(values: list[str | None]) -> None:
    profile = profile_column(pl.Series("c", values, dtype=pl.String))
    assert profile.integral + profile.fractional + profile.text + profile.missing == len(values)
    assert len(profile.numbers) == profile.integral + profile.fractional
    if profile.text:
        assert sum(profile.values.values()) == profile.present
    statistics, constraints = _described(values)
    feature = statistics["features"][0]
    common = (feature.get("numerical_statistics") or feature["string_statistics"])["common"]
    assert common["num_present"] + common["num_missing"] == len(values)
    assert 0 <= constraints["features"][0]["completeness"] <= profile.present / len(values)
    assert profile.share_of_type(profile.inferred_type) == 1


@given(st.lists(NUMBERS, min_size=1, max_size=60))
def test_numbers_are_the_same_as_text_and_as_numbers(values: list[float]) -> None:
    as_numbers = profile_column(pl.Series("c", values, dtype=pl.Float64))
    as_text = profile_column(pl.Series("c", [repr(value) for value in values]))
    assert np.array_equal(as_numbers.numbers, as_text.numbers)
    first = build_statistics([as_numbers])["features"][0]["numerical_statistics"]
    assert first == build_statistics([as_text])["features"][0]["numerical_statistics"]
    assert first["min"] == min(values)
    assert first["max"] == max(values)
    assert first["min"] <= first["mean"] * (1 + 1e-9) or first["mean"] <= 0
    json.dumps(first, allow_nan=False)


@given(st.lists(NUMBERS, min_size=1, max_size=60))
def test_buckets_hold_every_value_once(values: list[float]) -> None:
    ascending = np.sort(np.array(values))
    buckets = bucket_counts(ascending)
    assert len(buckets) == 10
    assert sum(bucket["count"] for bucket in buckets) == len(values)
    assert all(bucket["count"] >= 0 for bucket in buckets)
    assert buckets[0]["lower_bound"] == ascending[0]
    assert buckets[-1]["upper_bound"] == ascending[-1]


@given(st.integers(1, 40_000), st.integers(1, 500))
def test_a_sketch_weighs_as_much_as_the_data_and_ranks_as_well(count: int, kinds: int) -> None:
    chance = np.random.default_rng(count)
    ascending = np.sort(chance.integers(0, kinds, count).astype(float))
    levels = kll_levels(ascending)
    assert sum(len(items) << level for level, items in enumerate(levels)) == count
    assert len(levels[-1]) <= K
    assert all(len(items) <= 1 for items in levels[:-1])
    points, ranks = sketch_points(levels)
    exact = np.searchsorted(ascending, points, side="right") / count
    last = np.append(points[1:] != points[:-1], True)
    assert np.max(np.abs(ranks / count - exact)[last]) <= 1 / K
    assert numerical_distance(points, ranks, ascending, robust=False) <= 1 / K


@given(st.lists(NUMBERS, min_size=1, max_size=40), st.lists(NUMBERS, min_size=1, max_size=40))
def test_the_distance_is_that_of_kolmogorov_and_smirnov(a: list[float], b: list[float]) -> None:
    first, second = np.sort(np.array(a)), np.sort(np.array(b))
    where = np.concatenate([first, second])
    expected = np.max(
        np.abs(
            np.searchsorted(first, where, side="right") / len(a)
            - np.searchsorted(second, where, side="right") / len(b)
        )
    )
    points, ranks = sketch_points(kll_levels(first))
    distance = numerical_distance(points, ranks, second, robust=False)
    assert abs(distance - expected) < 1e-12
    assert 0 <= numerical_distance(points, ranks, second, robust=True) <= distance


@given(COUNTS, COUNTS)
def test_the_distance_of_categories(a: dict[str, int], b: dict[str, int]) -> None:
    distance = categorical_distance(a, b, robust=False)
    assert 0 <= distance <= 1
    assert distance == categorical_distance(b, a, robust=False)
    assert categorical_distance(a, a, robust=False) == 0
    assert categorical_distance(a, b, robust=True) <= distance
