"""The gate's statistics, on losses whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import ttest_rel

from abalone.gate import Judged, coverage_checks, loss_checks, rows_check
from abalone.origin import origin_of
from abalone.split import SPLIT
from abalone.verdict import notes_on_champion, verdict_of, words_of
from mlops.data.generate import draw
from tabular.paired import Loss

if TYPE_CHECKING:
    from abalone.schema import Columns

ALONE = np.arange(1000, dtype=np.uint64)


def judged(rows: int, worse: float = 0.0, only: str | None = None, seed: int = 0) -> Judged:
    """Two models whose errors go together; the challenger's are larger, or in one sex only."""
    columns: Columns = dict(draw(rows, seed=seed + 1))
    pick = np.random.default_rng(seed)
    shared, own, other = (pick.normal(0, spread, rows) for spread in (2, 0.3, 0.3))
    rings = columns["rings"].astype(float)
    more = np.where(columns["sex"] == only, worse, 0.0) if only else worse
    return Judged(columns, rings + (shared + own) * (1 + more), rings + shared + other)


def failed(checks: list[dict[str, Any]]) -> list[str]:
    return [check["name"] for check in checks if check["failed"]]


def test_it_is_the_paired_t_test() -> None:
    pick = np.random.default_rng(4)
    champion = pick.gamma(1, 4, 1000)
    challenger = champion + pick.normal(0.1, 1, 1000)
    loss = Loss.of(challenger - champion, ALONE)
    theirs = ttest_rel(challenger, champion, alternative="greater")
    low = float(theirs.confidence_interval(0.99).low)
    assert loss.at_least(0.01) == pytest.approx(low)
    assert (loss.at_least(0.01) > 0) == (theirs.pvalue < 0.01)


def test_a_loss_of_the_detectable_size_is_found_as_often_as_stated() -> None:
    pick = np.random.default_rng(5)
    gaps = pick.normal(0, 3, (2000, 400))
    size = Loss.of(gaps[0], ALONE[:400]).detectable(0.01)
    found = [Loss.of(each + size, ALONE[:400]).at_least(0.01) > 0 for each in gaps]
    assert np.mean(found) == pytest.approx(0.9, abs=0.05)


def test_rows_that_are_there_twice_say_nothing_more() -> None:
    gaps = np.random.default_rng(6).normal(0.2, 3, 1000)
    once = Loss.of(gaps, ALONE)
    twice = Loss.of(np.tile(gaps, 2), np.tile(ALONE, 2))
    assert (twice.rows, twice.units) == (2000, 1000)
    assert twice.error == pytest.approx(once.error)
    assert Loss.of(gaps, ALONE * 0).at_least(0.01) == -np.inf, "one animal proves nothing"


def test_equal_models_pass_and_identical_ones_differ_by_nothing() -> None:
    refused = sum(bool(failed(loss_checks(judged(600, seed=n), None, 0.01))) for n in range(100))
    assert refused <= 5
    same = judged(600)
    twins = Judged(same.columns, same.challenger, same.challenger)
    overall = loss_checks(twins, None, 0.01)[0]
    assert (overall["loss"], overall["standard_error"], overall["failed"]) == (0, 0, 0)


def test_out_of_fold_rows_find_what_test_rows_cannot() -> None:
    few, many = judged(150, worse=0.05), judged(4000, worse=0.05, seed=7)
    assert not failed(loss_checks(few, None, 0.01))
    assert failed(loss_checks(few, few.and_also(many), 0.01))[0] == "test and out-of-fold rows"


def test_a_slice_that_pays_for_the_others_is_found() -> None:
    hurt = judged(4000, worse=0.3, only="I")
    rest = hurt.columns["sex"] != "I"
    better = np.where(rest, hurt.rings + (hurt.challenger - hurt.rings) * 0.75, hurt.challenger)
    checks = loss_checks(Judged(hurt.columns, better, hurt.champion), None, 0.01)
    assert "test rows" not in failed(checks)
    assert "sex I" in failed(checks)
    assert "sex M" not in failed(checks)


def test_small_slices_are_not_judged() -> None:
    names = [check["name"] for check in loss_checks(judged(60), None, 0.01)]
    sexes = dict(zip(*np.unique(judged(60).columns["sex"], return_counts=True), strict=True))
    assert {name[-1] for name in names if name.startswith("sex")} == {
        str(sex) for sex, count in sexes.items() if count >= 30
    }


@pytest.mark.parametrize(("share", "broken"), [(0.9, None), (0.6, 8), (0.6, 1)])
def test_intervals_that_hold_too_little_somewhere_are_found(
    share: float, broken: int | None
) -> None:
    pick = np.random.default_rng(8)
    predictions = np.sort(pick.uniform(3, 20, 1600))
    octile = np.arange(1600) // 200 + 1
    inside = pick.random(1600) < np.where(octile == broken, share, 0.9)
    checks = coverage_checks(
        np.round(predictions), predictions, inside, level=0.9, significance=0.01
    )
    assert len(checks) == 8
    found = [number for number, check in enumerate(checks, 1) if check["failed"]]
    assert found == ([broken] if broken else [])
    assert all(0.6 < check["smallest_detectable"] < 0.85 for check in checks)
    few = coverage_checks(
        predictions[:40], predictions[:40], inside[:40], level=0.9, significance=0.01
    )
    assert len(few) == 1
    none = coverage_checks(
        predictions[:9], predictions[:9], inside[:9], level=0.9, significance=0.01
    )
    assert none == []


def test_the_rows_of_both_are_compared() -> None:
    assert rows_check(50, 100, 0.5)["failed"] == 0
    assert rows_check(49, 100, 0.5)["failed"] == 1
    assert rows_check(1, 100, 0)["failed"] == 0


@pytest.mark.parametrize("change", [None, {"split": "rings-0"}, {"test_share": 0.1}])
def test_a_champion_that_may_know_the_test_rows_decides_nothing(
    change: dict[str, Any] | None,
) -> None:
    here = origin_of(sha256="", synthetic=False, rows=600, test_share=0.15)
    assert here["split"] == SPLIT
    notes, fair = notes_on_champion("mp/7", {} if change is None else here | change, here)
    assert not fair
    assert notes[0].startswith("mp/7 was trained before the split changed")
    assert notes_on_champion("mp/7", here, here) == ([], True)
    assert notes_on_champion("mp/7", here | {"test_share": 0.2}, here) == ([], True)


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_champion_of_another_kind_of_data_is_named(synthetic: bool) -> None:
    here = origin_of(sha256="", synthetic=not synthetic, rows=600, test_share=0.15)
    kinds = ("synthetic rows", "rows that are not marked as synthetic")
    theirs, ours = kinds if synthetic else kinds[::-1]
    notes, fair = notes_on_champion("mp/7", here | {"synthetic": synthetic}, here)
    assert fair
    assert notes == [f"mp/7 was trained on {theirs} and is compared on {ours}"]


def test_a_message_names_the_first_and_counts_the_rest() -> None:
    bad = judged(600)
    worse = Judged(bad.columns, bad.rings + 9, bad.champion)
    found = verdict_of(loss_checks(worse, None, 0.01), 0.01, ["a note"])
    assert found["failed"] == 7
    assert found["summary"].startswith("failed: test rows: MSE +")
    assert "; and 2 more. MSE +" in found["summary"]
    assert found["summary"].endswith("a note")
    assert len(found["summary"]) < 900
    assert "detectable)" in words_of(found["checks"][0])
