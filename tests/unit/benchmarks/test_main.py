"""`python -m benchmarks` prints a table and writes numbers and a plot."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

import benchmarks.__main__ as command
from benchmarks import results
from benchmarks.measuring import row

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Have two benchmarks that take no time."""
    for name, ours in (("quick", [2.0, 1.0, 3.0]), ("late", [20.0])):
        module = ModuleType(f"benchmarks.{name}")
        result = row(f"{name} <work>", [4.0], ours, limit=12.0)
        monkeypatch.setattr(module, "run", lambda result=result: [result], raising=False)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(command, "BENCHMARKS", ("quick", "late"))
    monkeypatch.setattr(command, "FOLDER", tmp_path / "bench")
    return tmp_path / "bench"


def test_all_results_are_in_the_table_the_numbers_and_the_plot(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks"])
    assert command.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[1:3]] == ["kept", "EXCEEDED"]
    facts = json.loads((folder / results.NUMBERS).read_text())
    assert {"ended", "python", "processors", "load_before", "rows"} == facts.keys()
    assert [each["ours_seconds"] for each in facts["rows"]] == [2.0, 20.0]
    assert facts["rows"][0]["ours_samples"] == [2.0, 1.0, 3.0]
    picture = ET.fromstring((folder / results.PLOT).read_text())  # noqa: S314 - our own
    words = "".join(picture.itertext())
    assert all(f"{name} <work>" in words for name in ("quick", "late"))


def test_one_can_be_run_by_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "late"])
    assert command.main() == 0
    facts = json.loads((folder / results.NUMBERS).read_text())
    assert [each["name"] for each in facts["rows"]] == ["late <work>"]


def test_another_name_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "slow"])
    assert command.main() == 2
    assert "no benchmark slow; there are: quick, late" in capsys.readouterr().out
    assert not folder.exists()
