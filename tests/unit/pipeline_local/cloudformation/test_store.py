"""A kill at any point of a deployment: what is under way is done anew, and goes on."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.cloudformation.store import FILE, Store
from tests.unit.pipeline_local.cloudformation.conftest import queue

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.pipeline_local.cloudformation.conftest import Cloud

THREE = {"Resources": {name: queue(name.lower()) for name in ("A", "B", "C")}}
FOUR = {
    "Resources": {
        "A": queue("a", DelaySeconds=3),
        "B": queue("b2"),
        "D": queue("d"),
    }
}


class Kill(BaseException):
    """The end of a process, which nothing catches."""


def _kill_at(cloud: Cloud, call: str, *, after: bool) -> None:
    """Let the engine end in a call to the service, before or after it has its effect."""
    known = cloud.service.ask

    def ask(verb: str, name: str) -> None:
        known(verb, name)
        if f"{verb} {name}" == call and not after:
            raise Kill

    cloud.service.ask = ask  # type: ignore[method-assign]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("call", ["create A", "create B", "create C"])
def test_a_killed_creation_goes_on(cloud: Cloud, call: str) -> None:
    _kill_at(cloud, call, after=False)
    assert cloud.deploy("s", THREE)["StackStatus"] == "CREATE_IN_PROGRESS"
    del cloud.service.ask  # type: ignore[method-assign]
    cloud.restart()
    assert len(cloud.engine.store.undone) == 1
    cloud.engine.resume()
    assert cloud.ended("s")["StackStatus"] == "CREATE_COMPLETE"
    assert set(cloud.service.things) == {"a", "b", "c"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("call", ["update A", "create B", "create D", "delete B", "delete C"])
def test_a_killed_update_goes_on(cloud: Cloud, call: str) -> None:
    cloud.deploy("s", THREE)
    _kill_at(cloud, call, after=False)
    assert cloud.deploy("s", FOUR)["StackStatus"].endswith("_IN_PROGRESS")
    del cloud.service.ask  # type: ignore[method-assign]
    cloud.restart()
    cloud.engine.resume()
    assert cloud.ended("s")["StackStatus"] == "UPDATE_COMPLETE"
    assert {name: each.get("DelaySeconds") for name, each in cloud.service.things.items()} == {
        "a": 3,
        "b2": None,
        "d": None,
    }


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("call", ["update A", "delete B", "delete D"])
def test_a_killed_rollback_goes_on(cloud: Cloud, call: str) -> None:
    cloud.deploy("s", THREE)
    before = {name: dict(each) for name, each in cloud.service.things.items()}
    failing = {"Resources": {**FOUR["Resources"], "E": queue("e", DependsOn=["A", "B", "D"])}}
    cloud.service.refused.add("create E")
    cloud.service.calls.clear()
    known, seen = cloud.service.ask, []

    def ask(verb: str, name: str) -> None:
        seen.append(f"{verb} {name}")
        known(verb, name)
        if f"{verb} {name}" == call and "create E" in seen:
            raise Kill

    cloud.service.ask = ask  # type: ignore[method-assign]
    assert "ROLLBACK" in cloud.deploy("s", failing)["StackStatus"]
    del cloud.service.ask  # type: ignore[method-assign]
    cloud.restart()
    cloud.engine.resume()
    assert cloud.ended("s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.service.things == before


def test_what_is_stored_is_read_again(cloud: Cloud) -> None:
    cloud.deploy("s", THREE)
    events = cloud.events("s")
    described = cloud.describe("s")
    cloud.restart()
    assert cloud.describe("s") == described
    assert cloud.events("s") == events
    assert cloud.delete("s")["StackStatus"] == "DELETE_COMPLETE"


def test_a_full_disk_stops_the_stack_and_a_start_goes_on(cloud: Cloud) -> None:
    known, calls = cloud.engine.store._write, []

    def write(rows: object) -> None:
        calls.append(rows)
        if len(calls) > 4:
            raise sqlite3.OperationalError("database or disk is full")
        known(rows)  # type: ignore[arg-type]

    cloud.engine.store._write = write  # type: ignore[method-assign]
    stack = cloud.deploy("s", THREE)
    assert stack["StackStatus"] == "CREATE_FAILED"
    assert "database or disk is full; its next start does" in stack["StackStatusReason"]
    cloud.service.things.pop("b", None)  # of a step without an end: the journal leaves it out
    cloud.restart()
    cloud.engine.resume()
    assert cloud.ended("s")["StackStatus"] == "CREATE_COMPLETE"
    assert set(cloud.service.things) == {"a", "b", "c"}


def test_a_damaged_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database " * 100)
    with pytest.raises(MlopsError, match=r"is damaged .*mlops local reset"):
        Store(tmp_path)
