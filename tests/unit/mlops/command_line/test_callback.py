"""`mlops runs callback`, and `pipeline-local callback`: answers as people type them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from mlops.command_line import runs
from pipeline_local.command_line import main
from pipeline_local.runs.run_state import RUNS_FOLDER, RunFolder, RunState
from pipeline_local.steps.callback_answers import Callback, open_callback

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callback:
    """A step of an interrupted run that waits for an answer."""
    monkeypatch.setattr(runs, "project_root", lambda: tmp_path)
    run = RunFolder(tmp_path / RUNS_FOLDER / "abc")
    run.save(RunState("abc", "p", "p", "", "111111111111", "eu-central-1", "aws", {}, {}))
    return open_callback(run.folder, "Ask", "arn", [{"OutputName": "out", "OutputType": "Integer"}])


def test_an_answer_is_written(asked: Callback) -> None:
    said = CliRunner().invoke(runs.app, ["callback", asked.token, "--success", "out=7"])
    assert said.stdout == "step Ask of run abc is answered; the run was interrupted: resume it\n"
    assert asked.answer() == {"values": {"out": 7}}


def test_the_runner_alone_has_it_too(asked: Callback, tmp_path: Path) -> None:
    place = ["--folder", str(tmp_path)]
    assert main(["callback", "nothing", "--failure", "no", *place]) == 1
    assert main(["callback", asked.token, *place, "--success", "out=1"]) == 0
    assert asked.answer() == {"values": {"out": 1}}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "choose one of --success OUT=VALUE and --failure REASON"),
        (["--success", "--failure", "no"], "choose one of"),
        (["out=7", "--failure", "no"], "--failure: a step that failed has no outputs"),
        (["--success", "out"], "--success 'out': write it as NAME=VALUE"),
        (["--success", "out=x"], "step Ask: output parameter out: 'x' is not of type Integer"),
    ],
)
def test_a_wrong_answer_is_refused_in_a_line(
    asked: Callback, words: list[str], problem: str
) -> None:
    said = CliRunner().invoke(runs.app, ["callback", asked.token, *words])
    assert said.exit_code == 1
    assert problem in str(said.exception)
    assert asked.answer() is None
