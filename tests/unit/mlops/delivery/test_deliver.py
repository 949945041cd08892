"""The parts of a delivery: which of our commands they run, and what they leave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from mlops.command_line.deliver import app
from mlops.delivery import parts, results
from mlops.delivery.parts import CommandEnd, run_command
from mlops_common.errors import MlopsError
from pipeline_definitions.model_project import ModelProject, ModelProjects

if TYPE_CHECKING:
    from pathlib import Path

    from environments import EnvironmentSettings

ARN = "arn:aws:sagemaker:eu-central-1:111111111111:pipeline/secure-mlops-dev-training/execution/x"
PACKAGE = "arn:aws:sagemaker:eu-central-1:111111111111:model-package/secure-mlops-dev-abalone-age/3"


EMPTY = {"status": "Succeeded", "failure": "", "steps": [], "model_package_arn": PACKAGE}
AGE = ModelProject("abalone", "abalone-age", batch="batch-inference", training="training")
CHURN = ModelProject("churn", "churn", batch="churn-batch", training="churn")


def _projects(settings: EnvironmentSettings, *projects: ModelProject) -> ModelProjects:
    return ModelProjects(settings, projects)


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """One model project, whatever pipelines there are."""
    monkeypatch.setattr(parts, "declared_projects", lambda settings: _projects(settings, AGE))
    monkeypatch.setattr(parts, "module_of", lambda name: f"pipeline_definitions.{name}")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """All commands, none of which does anything."""
    commands: list[list[str]] = []

    def note(command: list[str], _root: Path, *, check: bool = True) -> CommandEnd:
        del check
        commands.append(list(command))
        lines = (f"started: {ARN}",) if command[0] == "run-pipeline" else ()
        return CommandEnd(" ".join(command), 0, lines)

    monkeypatch.setattr(parts, "run_command", note)
    made = "build/cloud-assembly"
    monkeypatch.setattr(parts, "synthesize", lambda name, root: root / made / name)
    return commands


def _assembly(root: Path, name: str) -> None:
    folder = root / "build" / "cloud-assembly" / name
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(name)


def test_what_is_verified_is_what_is_deployed(tmp_path: Path, run: list[list[str]]) -> None:
    for name in ("dev", "staging"):
        _assembly(tmp_path, name)
    parts.verify(tmp_path, "dev,staging", "tests/unit tests/template")
    assert run[0] == ["mlops", "synth", "--environment", "dev,staging"]
    assert run[-1][-2:] == ["tests/unit", "tests/template"]
    parts.deploy(tmp_path, "staging", None)
    assembly = tmp_path / "build" / "delivery" / "staging"
    assert (assembly / "manifest.json").read_text() == "staging"
    assert run[-1][:5] == ["cdk", "deploy", "staging/*", "--app", str(assembly)]


@pytest.mark.usefixtures("run")
def test_an_assembly_that_a_test_replaced_is_not_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _assembly(tmp_path, "dev")
    _assembly(tmp_path / "anew", "dev")
    anew = tmp_path / "anew" / "build" / "cloud-assembly" / "dev"
    (anew / "manifest.json").write_text("anew")
    monkeypatch.setattr(parts, "synthesize", lambda *_: anew)
    parts.verify(tmp_path, "dev", "tests")
    assert (tmp_path / parts.HANDED_ON / "dev" / "manifest.json").read_text() == "anew"


def test_no_tests_is_said_and_not_left_empty(
    tmp_path: Path, run: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _assembly(tmp_path, "dev")
    parts.verify(tmp_path, "dev", "none")
    assert "pytest" not in {command[0] for command in run}
    run.clear()
    for variables, options in (({"TESTS": ""}, []), ({}, ["--tests", " "])):
        told = CliRunner().invoke(app, ["verify", *options], env=variables)
        assert isinstance(told.exception, MlopsError)
        assert str(told.exception).startswith("--tests (TESTS) is empty: name paths of tests")
    assert run == []
    # What is typed goes over what the variable says.
    monkeypatch.setattr(parts, "_hand_on", lambda *_: None)
    assert CliRunner().invoke(app, ["verify", "--tests", "a"], env={"TESTS": ""}).exit_code == 0
    assert run[-1][-1] == "a"


def test_all_checks_run_and_nothing_is_handed_on_if_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _assembly(tmp_path, "dev")
    ran: list[str] = []

    def fail(command: list[str], _root: Path, *, check: bool = True) -> CommandEnd:
        assert not check
        ran.append(command[0])
        return CommandEnd(" ".join(command), int(command[0] in {"ruff", "mypy"}), ())

    monkeypatch.setattr(parts, "run_command", fail)
    with pytest.raises(MlopsError, match=r"`ruff check \.`, .*, `mypy`: failed; see above"):
        parts.verify(tmp_path, "dev", "tests")
    assert ran == ["mlops", "ruff", "ruff", "lint-imports", "mypy", "pytest"]
    assert not (tmp_path / "build" / "delivery").exists()


def test_an_earlier_build_hands_its_assembly_on(tmp_path: Path, run: list[list[str]]) -> None:
    handed = tmp_path / "handed"
    (handed / "dev").mkdir(parents=True)
    (handed / "dev" / "manifest.json").touch()
    parts.deploy(tmp_path, "dev", handed)
    assert str(handed / "dev") in run[-1]


def test_nothing_is_deployed_that_nobody_verified(tmp_path: Path, run: list[list[str]]) -> None:
    with pytest.raises(MlopsError, match="no cloud assembly of dev; run: mlops deliver verify"):
        parts.deploy(tmp_path, "dev", None)
    assert run == []


class SageMaker:
    """A run that registered a model."""

    def __init__(self, status: str = "Succeeded") -> None:
        self.status = status

    def describe_pipeline_execution(self, **_: str) -> dict[str, str]:
        return {"PipelineExecutionStatus": self.status, "FailureReason": ""}

    def can_paginate(self, _operation: str) -> bool:
        return True

    def get_paginator(self, _name: str) -> SageMaker:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        steps = [
            {"StepName": "train", "StepStatus": "Succeeded", "CacheHitResult": {}},
            {
                "StepName": "register",
                "StepStatus": "Succeeded",
                "Metadata": {"RegisterModel": {"Arn": PACKAGE}},
            },
        ]
        return [{"PipelineExecutionSteps": steps}]

    def describe_model_package(self, **_: str) -> dict[str, str]:
        return {"ModelApprovalStatus": "PendingManualApproval"}


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> SageMaker:
    service = SageMaker()

    class Aws:
        def client(self, name: str) -> SageMaker:
            assert name == "sagemaker"
            return service

    monkeypatch.setattr("mlops.local_project.connect", lambda *_: Aws())
    return service


def test_training_leaves_what_later_actions_ask_for(
    tmp_path: Path, run: list[list[str]], sagemaker: SageMaker
) -> None:
    assert sagemaker.status == "Succeeded"
    parts.train(tmp_path, "dev")
    ((command, *words),) = run
    assert command == "run-pipeline"
    assert words == ["-n", "pipeline_definitions.training", "-kwargs", "{'environment': 'dev'}"]
    folder = tmp_path / parts.HANDED_ON
    assert results.result(folder, "model-package-arn") == PACKAGE
    assert results.result(folder, "model_approval_status") == "PendingManualApproval"
    summary = (folder / "results.md").read_text()
    assert summary.startswith("# Training: Succeeded\n")
    assert f"Registered: `{PACKAGE}`, PendingManualApproval." in summary
    assert "| train | Succeeded (from cache) |" in summary
    with pytest.raises(MlopsError, match=r"no such field .* choose one of: execution, failure"):
        results.result(folder, "colour")


def test_a_failed_run_leaves_its_results_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sagemaker: SageMaker
) -> None:
    sagemaker.status = "Failed"
    end = CommandEnd("run-pipeline", 1, (f"started: {ARN}",))
    monkeypatch.setattr(parts, "run_command", lambda *_, **__: end)
    with pytest.raises(MlopsError, match="`run-pipeline` ended with 1; see above"):
        parts.train(tmp_path, "dev")
    facts = json.loads((tmp_path / parts.HANDED_ON / "results.json").read_text())
    assert facts["status"] == "Failed"


def test_each_project_is_trained_and_the_last_to_be_approved_decides(
    tmp_path: Path, run: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "declared_projects", lambda _: _projects(_, AGE, CHURN))
    answers = iter(
        {**EMPTY, "execution": ARN, "model_approval_status": status}
        for status in ("PendingManualApproval", "Approved")
    )
    monkeypatch.setattr(parts, "read_results", lambda *_: next(answers))
    parts.train(tmp_path, "dev")
    modules = [words[2] for words in run]
    assert modules == ["pipeline_definitions.churn", "pipeline_definitions.training"]
    folder = tmp_path / parts.HANDED_ON
    assert results.result(folder, "model-approval-status") == "PendingManualApproval"
    assert results.result(folder / "training", "model-approval-status") == "Approved"
    run.clear()
    parts.smoke(tmp_path, "staging")
    assert [words[2] for words in run] == ["batch-inference", "churn-batch"]


def test_without_a_project_there_is_nothing_to_train(
    tmp_path: Path,
    run: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(parts, "declared_projects", _projects)
    parts.train(tmp_path, "dev")
    parts.smoke(tmp_path, "staging")
    assert run == []
    assert "nothing to train" in capsys.readouterr().out


def test_nothing_was_trained(tmp_path: Path) -> None:
    assert results.result(tmp_path, "model-package-arn") == ""


def test_a_smoke_batch_runs_where_it_was_deployed(tmp_path: Path, run: list[list[str]]) -> None:
    parts.smoke(tmp_path, "staging")
    (command,) = run
    assert command[:6] == ["mlops", "run", "batch-inference", "--environment", "staging", "--wait"]
    # One that was scored before would be left at once, and test nothing.
    assert command[6:] == ["--parameter", "ScoreAgain=yes", "--parameter", "Rehearsal=yes"]


def test_a_build_does_its_parts_only() -> None:
    done = CliRunner().invoke(app, ["train"], env={"PARTS": "verify,deploy"})
    assert done.exit_code == 0
    assert "train: not part of this build (verify, deploy)" in done.output
    done = CliRunner().invoke(app, ["train", "--only", "tran"])
    assert "tran: the parts are verify, deploy, train, smoke" in str(done.exception)


def test_commands_pass_their_output_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    end = run_command(["echo", "something"], tmp_path)
    assert (end.code, end.lines) == (0, ("something",))
    assert capfd.readouterr().out == "$ echo something\nsomething\n"
    with pytest.raises(MlopsError, match="`false` ended with 1"):
        run_command(["false"], tmp_path)
