"""The CDK command line is run when inputs changed, and only then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from environments.loading import VARIABLE
from mlops.synthesis.project import project_root
from mlops.synthesis.synthesize import INPUTS, fingerprint_of_inputs, synthesize
from mlops_common.errors import MlopsError
from mlops_common.store import NO_CACHE

# Stands for the CDK's command line: writes what it was asked for, or fails as told.
COMMAND = """
const fs = require("fs"), a = process.argv, out = a[a.indexOf("--output") + 1];
if (fs.existsSync("fail")) { console.error("first\\n\\nlast words"); process.exit(1); }
fs.writeFileSync(out + "/manifest.json", JSON.stringify({args: a.slice(2), env: process.env}));
fs.appendFileSync("calls", "x");
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "node_modules" / ".bin").mkdir(parents=True)
    (tmp_path / "node_modules" / ".bin" / "cdk").write_text(COMMAND)
    (tmp_path / "cdk.json").write_text("{}")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "one.py").write_text("1")
    return tmp_path


def calls(project: Path) -> int:
    return len((project / "calls").read_text())


def test_it_runs_once_for_the_same_inputs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for a synth")
    folder = synthesize("dev", project)
    assert folder == project / "build" / "cloud-assembly" / "dev"
    told = (folder / "manifest.json").read_text()
    assert "environment=dev" in told
    assert "not for a synth" not in told
    assert synthesize("dev", project) == folder
    assert calls(project) == 1


def test_without_cache_it_runs_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synthesize("dev", project)
    monkeypatch.setenv(NO_CACHE, "1")
    synthesize("dev", project)
    assert calls(project) == 2


def test_other_tools_are_another_input(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint_of_inputs(project)
    assert fingerprint_of_inputs(project) == before
    installed = project / "installed"
    (installed / "aws_cdk_lib-2.275.0.dist-info").mkdir(parents=True)
    with monkeypatch.context() as patch:
        patch.setattr("sysconfig.get_path", lambda _name: str(installed))
        other = fingerprint_of_inputs(project)
    (project / "node_modules" / "aws-cdk").mkdir()
    (project / "node_modules" / "aws-cdk" / "package.json").write_text("{}")
    assert len({before, other, fingerprint_of_inputs(project)}) == 3


def test_all_that_a_synthesis_of_the_project_opens_is_an_input(all_environments: Path) -> None:
    opened = [Path(line) for line in (all_environments.parent / "opened.txt").read_text().split()]
    # Compiled modules stand for their source; what is installed is known by its version.
    ours = {"tests/settings", "build/bundles", "build/cache"}
    known = {*INPUTS, *ours, ".venv", "node_modules"}
    strange = [
        str(path)
        for path in opened
        if not any(path == Path(name) or path.is_relative_to(name) for name in known)
    ]
    assert not strange
    assert Path("tests/settings/dev.yaml") in opened
    assert not [path for path in opened if path.match("environments/*.yaml")]


def test_it_runs_again_when_an_input_changed(project: Path) -> None:
    synthesize("dev", project)
    (project / "stacks" / "one.py").write_text("2")
    (synthesize("dev", project) / "left-over").touch()
    assert calls(project) == 2
    (project / "stacks" / "two.py").write_text("")
    assert not (synthesize("dev", project) / "left-over").exists()
    assert calls(project) == 3


def test_settings_elsewhere_are_an_input(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv(VARIABLE, str(settings))
    before = fingerprint_of_inputs(project)
    (settings / "dev.yaml").write_text("region: eu-central-1")
    assert fingerprint_of_inputs(project) != before


def test_another_promise_is_another_input(project: Path) -> None:
    before = fingerprint_of_inputs(project)
    (project / "packages" / "promises").mkdir(parents=True)
    (project / "packages" / "promises" / "promise.py").write_text("")
    assert fingerprint_of_inputs(project) != before


def test_what_is_no_input_changes_nothing(project: Path) -> None:
    before = fingerprint_of_inputs(project)
    (project / "stacks" / "__pycache__").mkdir()
    (project / "stacks" / "__pycache__" / "one.pyc").write_text("x")
    (project / "README.md").write_text("x")
    assert fingerprint_of_inputs(project) == before


def test_a_failure_shows_the_last_lines_and_keeps_the_last_good_assembly(project: Path) -> None:
    folder = synthesize("dev", project)
    before = (folder / "manifest.json").read_bytes()
    (project / "stacks" / "one.py").write_text("broken")
    (project / "fail").touch()
    with pytest.raises(MlopsError, match="environment=dev failed:\n  first\n  last words"):
        synthesize("dev", project)
    assert (folder / "manifest.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == ["dev"]


def test_a_failure_names_what_rule_packs_found(project: Path) -> None:
    finding = {
        "ruleName": "AwsSolutions-SQS3",
        "description": "No queue of dead letters.",
        "severity": "error",
        "violatingConstructs": [{"constructPath": "dev/Events/Queue"}],
    }
    warning = {**finding, "severity": "warning", "description": "Only a warning."}
    report = {"pluginReports": [{"violations": [warning, finding]}]}
    (project / "node_modules" / ".bin" / "cdk").write_text(
        COMMAND.replace(
            "process.exit(1)",
            f'fs.writeFileSync(out + "/validation-report.json", `{json.dumps(report)}`);'
            "process.exit(1)",
        )
    )
    (project / "fail").touch()
    with pytest.raises(MlopsError) as failure:
        synthesize("dev", project)
    assert str(failure.value).splitlines()[1:] == [
        "  AwsSolutions-SQS3: dev/Events/Queue: No queue of dead letters."
    ]


def test_a_missing_command_line_is_named(project: Path) -> None:
    (project / "node_modules" / ".bin" / "cdk").unlink()
    with pytest.raises(MlopsError, match="not installed; run: make setup"):
        synthesize("dev", project)


def test_the_project_is_found_from_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "stacks")
    assert project_root() == project
