"""A kept cloud assembly serves while it has the files that it was made with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from environments.loading import VARIABLE
from mlops.synthesis.kept import is_made_from, is_whole, mark, seal
from mlops.synthesis.synthesize import synthesize
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Stands for the app: says that it has begun, and takes as long as the file beside it is there.
APP = """
import os, pathlib, time

out = pathlib.Path(os.environ["CDK_OUTDIR"])
(out / "asset.one").mkdir()
(out / "asset.one" / "poetry.lock").write_text("1")
(out / "dev.template.json").write_text("{}")
(out / "manifest.json").write_text("{}")
pathlib.Path("process").write_text(str(os.getpid()))
with open("calls", "a") as calls:
    calls.write("x")
while pathlib.Path("slow").exists():
    time.sleep(0.05)
"""
SYNTH = "import sys; sys.argv[1:] = ['synth']; from mlops.command_line.main import main; main()"
SECONDS = 60


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "cdk.json").write_text(json.dumps({"app": "python3 app.py"}))
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def _edit(folder: Path) -> None:
    (folder / "dev.template.json").write_text("[]")


def _delete(folder: Path) -> None:
    (folder / "asset.one" / "poetry.lock").unlink()


def _rename(folder: Path) -> None:
    (folder / "manifest.json").rename(folder / "manifest")


def _add(folder: Path) -> None:
    (folder / "asset.one" / "more.py").touch()


def _unseal(folder: Path) -> None:
    (folder / "inputs.sha256").write_bytes(b"\xff")


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.touch()


@pytest.mark.parametrize("damage", [_edit, _delete, _rename, _add, _unseal, _no_folder])
def test_a_damaged_assembly_is_synthesized_anew(
    project: Path, damage: Callable[[Path], None]
) -> None:
    folder = synthesize("dev", project)
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    damage(folder)
    assert synthesize("dev", project) == folder
    assert (project / "calls").read_text() == "xx"
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    synthesize("dev", project)
    assert (project / "calls").read_text() == "xx"


def test_what_a_deployment_leaves_is_no_damage(project: Path) -> None:
    folder = synthesize("dev", project)
    (folder / ".cache").mkdir()
    (folder / ".cache" / "1.zip").touch()
    (folder / "read.12.1.lock").touch()
    assert is_whole(folder)


def test_a_copy_elsewhere_is_as_whole(project: Path) -> None:
    copy = project / "copy"
    shutil.copytree(synthesize("dev", project), copy, copy_function=shutil.copy)
    assert is_whole(copy)


def test_a_seal_names_what_an_assembly_was_made_from(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    mark(tmp_path, {"one": "1"})
    assert not is_made_from(tmp_path, "one two")
    seal(tmp_path, "one two")
    assert is_made_from(tmp_path, "one two")
    (tmp_path / "one").write_text("1")
    assert not is_made_from(tmp_path, "one two")


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _start(project: Path) -> subprocess.Popen[bytes]:
    variables = {**os.environ, VARIABLE: str(SETTINGS)}
    return subprocess.Popen([sys.executable, "-c", SYNTH], cwd=project, env=variables)


def _begun(project: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start `mlops synth`, whose app does not end."""
    (project / "slow").touch()
    command = _start(project)
    _until((project / "calls").exists)
    return command, int((project / "process").read_text())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_synthesis_leaves_nothing(project: Path, number: signal.Signals) -> None:
    command, app = _begun(project)
    command.send_signal(number)
    assert command.wait(SECONDS) == 130
    assert not _is_running(app)
    made = project / "build" / "cloud-assembly"
    assert [path.name for path in made.iterdir()] == ["dev.lock"]


def test_what_a_killed_synthesis_left_goes_with_the_next(project: Path) -> None:
    command, app = _begun(project)
    command.kill()
    command.wait(SECONDS)
    made = project / "build" / "cloud-assembly"
    assert list(made.glob(".dev.*"))
    (project / "slow").unlink()
    _until(lambda: not _is_running(app))
    synthesize("dev", project)
    assert sorted(path.name for path in made.iterdir()) == ["dev", "dev.lock"]


def test_waiting_for_another_synthesis_can_be_stopped(project: Path) -> None:
    first, app = _begun(project)
    second = _start(project)
    time.sleep(1)
    second.terminate()
    assert second.wait(SECONDS) in {130, -signal.SIGTERM}  # or it had hardly begun
    assert _is_running(app)
    (project / "slow").unlink()
    assert first.wait(SECONDS) == 0
