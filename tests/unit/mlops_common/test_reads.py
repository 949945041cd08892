"""What a process read is known, and what of it changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.reads import unchanged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAM = """
import json, pathlib, sys
from mlops_common.reads import Reads, outside_of_packages

here = pathlib.Path.cwd()
sys.path.insert(0, str(here))
reads = Reads(outside_of_packages(here))
import helper
pathlib.Path("rows.csv").read_text()
open(b"jobs/train.py").close()
sorted(pathlib.Path("jobs").rglob("*"))
pathlib.Path("written.txt").write_text("new")
(here / "build" / "made.txt").read_text()
exec(sys.argv[1])
print(json.dumps(reads.fingerprints()))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("helper.py", "rows.csv", "jobs/train.py", "jobs/_deep/one.txt", "build/made.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("")
    return tmp_path


def _reads(folder: Path, then: str = "", **variables: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, then],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("bytecode", ["", "1"])
def test_files_modules_and_folders_are_known(folder: Path, bytecode: str) -> None:
    _reads(folder, PYTHONDONTWRITEBYTECODE=bytecode)
    found = _reads(folder, PYTHONDONTWRITEBYTECODE=bytecode)
    names = {path.removeprefix(f"{folder}/") for path in found if path.startswith(f"{folder}/")}
    assert names == {"helper.py", "rows.csv", "jobs", "jobs/train.py", "jobs/_deep"}
    assert unchanged(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "helper.py").write_text("a = 1"),
        lambda folder: (folder / "rows.csv").write_text("1"),
        lambda folder: (folder / "rows.csv").unlink(),
        lambda folder: (folder / "jobs" / "new.py").write_text(""),
        lambda folder: (folder / "jobs" / "_deep" / "one.txt").rename(folder / "jobs" / "two.txt"),
    ],
)
def test_a_change_of_one_is_seen(folder: Path, change: Callable[[Path], object]) -> None:
    found = _reads(folder)
    change(folder)
    assert not unchanged(found)


def test_bytecode_and_hidden_files_are_no_change(folder: Path) -> None:
    found = _reads(folder)
    (folder / "jobs" / "__pycache__").mkdir()
    (folder / "jobs" / ".swp").touch()
    (folder / "written.txt").write_text("other")
    (folder / "build" / "made.txt").write_text("other")
    assert unchanged(found)


@pytest.mark.parametrize(
    "meanwhile",
    [
        "pathlib.Path('rows.csv').write_text('changed since')",
        "pathlib.Path('jobs/later.py').write_text('')",
    ],
)
def test_what_changed_meanwhile_is_not_vouched_for(folder: Path, meanwhile: str) -> None:
    assert _reads(folder, meanwhile) is None
