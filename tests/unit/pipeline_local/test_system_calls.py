"""The filter of system calls, computed instruction by instruction for either kind of machine."""

from __future__ import annotations

import errno
import os
import struct
from types import SimpleNamespace

import pytest

from pipeline_local.jobs import system_calls
from pipeline_local.jobs.system_calls import CALLS, program_for, refuse_administration

MACHINES = {"x86_64": (0xC000003E, 56), "aarch64": (0xC00000B7, 220)}
ALLOWED, NEW_USER, THREAD = 0x7FFF0000, 0x10000000, 0x003D0F00


def answer(machine: str, number: int, argument: int = 0, architecture: int = 0) -> str:
    """Return what the filter answers to a call: "" allows it."""
    kind = architecture or MACHINES[machine][0]
    seen = struct.pack("=IIQQ", number, kind, 0, argument)
    code = [*struct.iter_unpack("=HBBI", program_for(machine))]
    at, held = 0, 0
    while True:
        operation, on_true, on_false, value = code[at]
        at += 1
        if operation == 0x20:
            (held,) = struct.unpack_from("=I", seen, value)
        elif operation == 0x06:
            return "" if value == ALLOWED else errno.errorcode[value & 0xFFFF]
        else:
            tests = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}
            at += on_true if tests[operation] else on_false


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_refused_and_what_is_not(machine: str) -> None:
    denied = {name: answer(machine, numbers[machine]) for name, numbers in CALLS.items()}
    assert denied == dict.fromkeys(CALLS, "EPERM")
    clone = MACHINES[machine][1]
    assert [answer(machine, clone, flags) for flags in (THREAD, NEW_USER)] == ["", "EPERM"]
    assert answer(machine, 435) == "ENOSYS"
    refused = {*(numbers[machine] for numbers in CALLS.values()), 435}
    assert all(not answer(machine, number) for number in {*range(480)} - refused)
    assert answer(machine, 467) == "EPERM"  # open_tree_attr, since Linux 6.15


def test_other_numbers_of_the_same_calls_are_refused() -> None:
    assert answer("x86_64", 0x40000000 + 1) == "EPERM"
    assert answer("x86_64", 1, architecture=0x40000003) == "EPERM"  # 32 bits


def test_where_there_is_no_filter_the_run_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="riscv64"))
    refuse_administration()
    assert "no filter of system calls for riscv64" in capsys.readouterr().err
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="x86_64"))
    monkeypatch.setattr(system_calls, "libc", SimpleNamespace(prctl=lambda *_: 1))
    refuse_administration()
    assert "the kernel takes no filter of system calls" in capsys.readouterr().err
