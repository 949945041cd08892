"""Samples of a benchmark become one row."""

from __future__ import annotations

from benchmarks.measuring import TIMES, repeated, row


def test_a_row_holds_the_medians_and_all_samples() -> None:
    result = row("what", [4.0, 2.0, 9.0], [1.0, 50.0, 2.0], limit=3.0)
    assert (result["baseline_seconds"], result["ours_seconds"], result["ratio"]) == (4.0, 2.0, 2.0)
    assert result["ours_samples"] == [1.0, 50.0, 2.0]
    assert result["limit_seconds"] == 3.0


def test_a_row_of_single_measurements_may_have_a_ratio_of_its_own() -> None:
    result = row("what", 4.0, 2.0, ratio=0.5)
    assert (result["ratio"], result["baseline_samples"], result["limit_seconds"]) == (
        0.5,
        [4.0],
        None,
    )


def test_what_comes_before_a_call_is_not_counted_and_happens_each_time() -> None:
    done: list[str] = []
    before = TIMES.set(2)
    try:
        samples = repeated(lambda: done.append("work"), lambda: done.append("before"))
    finally:
        TIMES.reset(before)
    assert len(samples) == 2
    assert done == ["before", "work", "before", "work"]
