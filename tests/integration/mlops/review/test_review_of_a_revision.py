"""The whole command: a tree with uncommitted changes against the commit below it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from environments.loading import VARIABLE
from tests.synthesis import PROJECT, copy_sources, of_sources

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # two syntheses, one with all checks
SOURCES = (
    *("app.py", "cdk.json", "constructs", "environments", "functions", "packages"),
    *("pipeline_definitions", "processing_code", "stacks", "package-lock.json"),
    "requirements.txt",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this project as a git repository of its own, with changes on top."""
    root = tmp_path_factory.mktemp("review") / "project"
    (root / "build").mkdir(parents=True)
    copy_sources(SOURCES, root)
    (root / "build" / "wheelhouse").symlink_to(PROJECT / "build" / "wheelhouse")
    (root / ".gitignore").write_text("build\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "As it was"]):
        _run(root, "git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments)
    settings = root / "environments" / "dev.yaml"
    settings.write_text(settings.read_text().replace("log_days: 30", "log_days: 7"))
    script = root / "processing_code" / "evaluate.py"
    script.write_text(script.read_text() + "# another line\n")
    return root


def _run(root: Path, *command: str) -> str:
    environment = {
        **os.environ,
        **of_sources(root),
        VARIABLE: "",  # each tree's own
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _review(root: Path, *arguments: str) -> str:
    return _run(
        root, sys.executable, "-m", "mlops.command_line.main", "review", "-e", "dev", *arguments
    )


def test_a_review_tells_what_is_not_committed(project: Path) -> None:
    told = json.loads(
        _review(project, "--against", "HEAD", "--json", "--markdown", "build/review.md")
    )
    (dev,) = told["environments"]
    sections = {each["title"]: each["findings"] for each in dev["sections"]}
    assert any(
        "what is older than 7 days is deleted" in each["text"] for each in sections["Resources"]
    )
    (code,) = (
        each
        for each in sections["Pipelines"]
        if each.get("pipeline") == "training" and each["change"] == "code"
    )
    assert code["files"] == ["evaluate.py"]
    assert {"Preprocess", "Train"} <= set(code["steps"])
    assert sections["Permissions"] == []
    assert sections["Rules"] == []
    assert told["before"].startswith("revision ")
    assert "secure-mlops:review" in (project / "build" / "review.md").read_text()
    assert _run(project, "git", "worktree", "list").count("\n") == 1


def test_another_tree_is_compared_from_its_own_sources(project: Path, tmp_path: Path) -> None:
    tree = tmp_path / "base"
    _run(project, "git", "clone", "-q", str(project), str(tree))
    told = _review(project, "--against", str(tree))
    assert "retention in days 30 → 7" in " ".join(told.split())


def test_a_revision_that_is_not_there_is_one_line(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlops.command_line.main", "review", "--against", "nothing"],
        cwd=project,
        env={**os.environ, **of_sources(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: --against nothing: neither a folder nor a revision")
    assert done.stderr.count("\n") == 1
