"""Places of steps: who has to wait for one."""

from __future__ import annotations

import threading

import pytest

from pipeline_local.runs.slots import Slots


@pytest.mark.parametrize(
    ("processors", "most", "working", "waiting"),
    [(2, None, 2, 9), (4, 1, 1, 0), (1, 3, 1, 2), (2, 2, 2, 0)],
)
def test_work_needs_a_processor_and_both_count_for_the_limit(
    processors: int, most: int | None, working: int, waiting: int
) -> None:
    slots = Slots(processors, most)
    assert [slots.try_take() for _ in range(working + 1)] == [True] * working + [False]
    taken = [slots.try_take(waits=True) for _ in range(9)]
    assert taken == [True] * waiting + [False] * (9 - waiting)


def test_a_place_that_is_given_back_is_taken_by_who_waits() -> None:
    slots = Slots(2, 1)
    order: list[str] = []

    def iterate() -> None:
        with slots.taken():
            order.append("iteration")

    with slots.taken():
        thread = threading.Thread(target=iterate)
        thread.start()
        order.append("step")
        assert not slots.try_take(waits=True)
    thread.join(5)
    assert order == ["step", "iteration"]
    assert slots.try_take()
