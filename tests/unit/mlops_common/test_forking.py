"""Copies of a process share work, and end with it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.unit.mlops_common import forking_cases

CASES = [
    name
    for name, case in vars(forking_cases).items()
    if getattr(case, "__module__", "") == forking_cases.__name__ and not case.__code__.co_argcount
]


@pytest.mark.parametrize("case", CASES)
def test_copies(case: str) -> None:
    """Run each in a process with one thread; this one may have imported what starts some."""
    program = f"import runpy; runpy.run_path({forking_cases.__file__!r})[{case!r}]()"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_there_are_cases() -> None:
    assert CASES


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    note = tmp_path / "process"
    program = (
        "import os, pathlib\n"
        "from mlops_common.forking import Forked\n"
        "called = Forked(lambda _: os.getpid(), ready=list)\n"
        f"pathlib.Path({str(note)!r}).write_text(str(called('')))\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    copy = Path("/proc") / note.read_text()
    for _ in range(600):
        if not copy.exists() or "State:\tZ" in (copy / "status").read_text():
            return
        threading.Event().wait(0.1)
    raise AssertionError("the copy outlives its parent")
