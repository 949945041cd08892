"""The gate decides rightly: by simulation, on the real data where `ABALONE_CSV` names them."""

from __future__ import annotations

import os

import pytest

from benchmarks.gate import QUICK, WANTED, Outcome, rows_of, simulate


def shares_right(outcomes: dict[str, Outcome], draws: int) -> dict[str, float]:
    return {
        name: (found.accepted if WANTED[name][0] == "accepted" else draws - found.accepted) / draws
        for name, found in outcomes.items()
    }


def test_it_refuses_what_is_much_worse_and_accepts_what_is_better() -> None:
    outcomes = simulate(rows_of(None, 2_000), 1, QUICK)
    assert list(outcomes) == list(WANTED)
    assert all(found.detectable[0] > 0 for found in outcomes.values())
    assert outcomes["two thirds more data"].accepted == 1
    assert outcomes["shuffled labels"].accepted == 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_it_decides_rightly_as_often_as_promised() -> None:
    draws = 200
    right = shares_right(simulate(rows_of(os.environ.get("ABALONE_CSV")), draws, QUICK), draws)
    assert {name: share for name, share in right.items() if share < WANTED[name][1]} == {}
