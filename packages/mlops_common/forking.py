"""Work of copies of this process, which have all that it has loaded."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mlops_common.processes import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

Given = TypeVar("Given")
Result = TypeVar("Result")
_MOST_ITEMS = 256  # each is a byte of a pipe


def may_fork() -> bool:
    """Tell whether this process has one thread, which is all that a fork copies; on Linux only."""
    return sys.platform.startswith("linux") and len(list(Path("/proc/self/task").iterdir())) == 1


def share_out(
    items: Sequence[int], workers: int, work: Callable[[Iterator[int]], Result]
) -> list[Result] | None:
    """Have processes take items, small numbers, one by one; return what each made of its own.

    None where no process can be forked, or where one ended without a result. An error in one of
    them is raised here.
    """
    if not may_fork() or len(items) > _MOST_ITEMS:
        return None
    waiting, feed = os.pipe()
    os.write(feed, bytes(items))
    os.close(feed)
    children: list[tuple[int, int]] = []
    found: list[bytes] = []
    try:
        for _ in range(workers):
            children.append(_fork(waiting, work))  # noqa: PERF401 - an error leaves those before
        for _, results in children:
            with open(results, "rb", closefd=False) as stream:
                found.append(stream.read())
    except OSError:  # as where there may be no more processes
        return None
    finally:
        os.close(waiting)
        for child, results in children:
            os.close(results)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if not all(found):
        return None
    done = [pickle.loads(each) for each in found]  # noqa: S301 - from our own processes
    for _, error in done:
        if error is not None:
            raise error
    return [result for result, _ in done]


def _fork(waiting: int, work: Callable[[Iterator[int]], Result]) -> tuple[int, int]:
    """Start a copy of this process; return its id, and the pipe that its result comes from."""
    results, sink = os.pipe()

    def answer() -> None:
        os.close(results)
        try:
            done: tuple[Result | None, BaseException | None] = work(_items(waiting)), None
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            done = None, error
        with open(sink, "wb", closefd=False) as stream:
            pickle.dump(done, stream)

    try:
        return _copy(answer), results
    except OSError:
        os.close(results)
        raise
    finally:
        os.close(sink)


def _copy(work: Callable[[], None]) -> int:
    """Start a copy of this process, which ends with its work or with its parent; return its id."""
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:  # the copy, which must never return from here
        end_with_parent(parent)
        work()
    finally:
        os._exit(0)


def _items(waiting: int) -> Iterator[int]:
    while taken := os.read(waiting, 1):
        yield taken[0]


class Forked(Generic[Given, Result]):
    """A function in a copy of this process, which gets ready while this one goes on.

    Where no process can be forked, it is called in this one.
    """

    def __init__(self, work: Callable[[Given], Result], ready: Callable[[], object]) -> None:
        self._work = work
        self._calls: Connection | None = None
        if not may_fork():
            return
        ours, theirs = Pipe()

        def answer() -> None:
            ours.close()
            ready()
            while True:
                _answer(theirs, work)

        try:
            _copy(answer)
        except OSError:  # as where there may be no more processes
            return
        finally:
            theirs.close()
        self._calls = ours

    def __call__(self, given: Given) -> Result:
        """Call the function; an error there is one here."""
        if self._calls is None:
            return self._work(given)
        self._calls.send(given)
        try:
            result, error = self._calls.recv()
        except EOFError:
            raise RuntimeError(f"the process of {self._work.__name__} has ended") from None
        if error is not None:
            raise error
        found: Result = result
        return found


def _answer(calls: Connection, work: Callable[[Any], object]) -> None:
    given = calls.recv()
    try:
        calls.send((work(given), None))
    except Exception as error:  # noqa: BLE001 - raised where it is waited for
        calls.send((None, error))
