"""Copies of a process share work; each case is a process of its own, with one thread."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlops_common.forking import Forked, may_fork, share_out

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = os.getpid()


def squares(items: Iterator[int]) -> list[tuple[int, int]]:
    return [(each, each * each) for each in items]


def each_item_is_taken_once() -> None:
    found = share_out(range(40), 3, squares)
    assert found is not None
    assert len(found) == 3
    assert sorted(pair for some in found for pair in some) == [(n, n * n) for n in range(40)]


def the_work_is_done_in_other_processes() -> None:
    found = share_out([1, 2], 2, lambda items: (list(items), os.getpid()))
    assert found is not None
    assert HERE not in {process for _, process in found}


def an_error_of_one_is_one_of_the_caller() -> None:
    def fails(items: Iterator[int]) -> None:
        if 1 in items:
            raise ValueError("no such item")

    with pytest.raises(ValueError, match="no such item"):
        share_out([1], 2, fails)


def a_killed_one_leaves_no_result() -> None:
    def ends(items: Iterator[int]) -> None:
        if 1 in items:
            os.kill(os.getpid(), signal.SIGKILL)

    assert share_out([1, 2], 2, ends) is None


def with_more_than_one_thread_nothing_is_forked() -> None:
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert not may_fork()
        assert share_out([1], 1, squares) is None
        assert Forked(os.path.basename, ready=list)("a/b") == "b"
    finally:
        done.set()
        other.join()


def a_forked_function_answers_call_after_call() -> None:
    def where(name: str) -> tuple[str, int]:
        return name, os.getpid()

    called = Forked(where, ready=list)
    (one, there), (two, again) = called("a"), called("b")
    assert (one, two) == ("a", "b")
    assert there == again != HERE


def its_error_is_one_of_the_caller_and_it_goes_on() -> None:
    called = Forked(int, ready=list)
    with pytest.raises(ValueError, match="x"):
        called("x")
    assert called("7") == 7


def a_copy_that_has_ended_is_named() -> None:
    def ends(_given: str) -> None:
        os._exit(3)

    with pytest.raises(RuntimeError, match="the process of ends has ended"):
        Forked(ends, ready=list)("a")


def without_more_processes_the_caller_does_the_work() -> None:
    fork, left = os.fork, [1]

    def refused() -> int:
        if not left:
            raise BlockingIOError("no more processes")
        left.pop()
        return fork()

    os.fork = refused
    assert share_out([1, 2, 3], 2, squares) is None
    assert Forked(int, ready=list)("7") == 7
    assert Path(f"/proc/{HERE}/task/{HERE}/children").read_text() == ""
