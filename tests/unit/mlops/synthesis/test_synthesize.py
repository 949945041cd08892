"""The app is run when inputs changed, and only then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from environments.loading import VARIABLE
from mlops.synthesis.project import project_root
from mlops.synthesis.synthesize import INPUTS, fingerprint_of_inputs, synthesize
from mlops_common.errors import MlopsError
from mlops_common.store import NO_CACHE

# Stands for the app: writes what it was asked for, or fails as told.
APP = """
import json, os, pathlib, sys

out, here = pathlib.Path(os.environ["CDK_OUTDIR"]), pathlib.Path()
if (here / "report").exists():
    (out / "validation-report.json").write_text((here / "report").read_text())
if (here / "fail").exists():
    sys.exit("first\\n\\nlast words")
missing = json.loads((here / "missing").read_text()) if (here / "missing").exists() else []
told = {"context": json.loads(os.environ["CDK_CONTEXT_JSON"]), "env": dict(os.environ)}
(out / "manifest.json").write_text(json.dumps({**told, "missing": missing}))
with (here / "calls").open("a") as calls:
    calls.write("x")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "cdk.json").write_text('{"app": "python3 app.py"}')
    (tmp_path / "app.py").write_text(APP)
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
    assert json.loads(told)["context"]["environment"] == "dev"
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
    with pytest.raises(MlopsError, match="synthesis of dev failed:\n  first\n  last words"):
        synthesize("dev", project)
    assert (folder / "manifest.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == ["dev"]


@pytest.mark.parametrize("fails", [True, False])
def test_a_failure_names_what_rule_packs_found(project: Path, fails: bool) -> None:
    finding = {
        "ruleName": "AwsSolutions-SQS3",
        "description": "No queue of dead letters.",
        "severity": "error",
        "violatingConstructs": [{"constructPath": "dev/Events/Queue"}],
    }
    warning = {**finding, "severity": "warning", "description": "Only a warning."}
    report = {"pluginReports": [{"violations": [warning, finding]}]}
    (project / "report").write_text(json.dumps(report))
    if fails:
        (project / "fail").touch()
    with pytest.raises(MlopsError) as failure:
        synthesize("dev", project)
    assert str(failure.value).splitlines()[1:] == [
        "  AwsSolutions-SQS3: dev/Events/Queue: No queue of dead letters."
    ]


def test_what_only_an_account_knows_is_refused(project: Path) -> None:
    missing = [{"key": "availability-zones:account=1", "provider": "availability-zones"}]
    (project / "missing").write_text(json.dumps(missing))
    with pytest.raises(MlopsError, match="availability-zones: availability-zones:account=1"):
        synthesize("dev", project)
    assert not (project / "build" / "cloud-assembly" / "dev").exists()


def test_a_project_without_an_app_is_named(project: Path) -> None:
    (project / "cdk.json").write_text("{}")
    with pytest.raises(MlopsError, match=r"cdk.json: names no app"):
        synthesize("dev", project)


def test_the_project_is_found_from_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "stacks")
    assert project_root() == project
