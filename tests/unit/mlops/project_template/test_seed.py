"""The archive of a revision: the same bytes whenever it is made, of committed files only."""

from __future__ import annotations

import io
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from mlops.project_template import seed
from mlops.project_template.seed import seed_of
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True)  # noqa: S607 - the machine's git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "train.py").write_text("print('train')\n")
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "run.sh").chmod(0o755)
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-qm", "First")
    return tmp_path


def test_it_is_what_was_committed_and_nothing_of_the_working_tree(repository: Path) -> None:
    before = seed_of(repository, "HEAD")
    (repository / "jobs" / "train.py").write_text("print('changed')\n")
    (repository / "new.py").write_text("")
    after = seed_of(repository, "HEAD")
    assert before == after
    with zipfile.ZipFile(io.BytesIO(after.content)) as archive:
        assert archive.namelist() == ["jobs/train.py", "run.sh"]
        assert archive.read("jobs/train.py") == b"print('train')\n"
        modes = {each.filename: each.external_attr >> 16 for each in archive.infolist()}
    assert modes == {"jobs/train.py": 0o100644, "run.sh": 0o100755}


def test_it_is_named_after_revision_and_content(repository: Path) -> None:
    first = seed_of(repository, "HEAD")
    _git(repository, "commit", "-q", "--allow-empty", "-m", "Nothing new")
    second = seed_of(repository, "HEAD")
    assert first.content == second.content
    assert first.name != second.name
    assert second.key == f"projects/{second.commit[:12]}-{second.digest[:12]}.zip"


def test_an_unknown_revision_is_one_line(repository: Path) -> None:
    with pytest.raises(MlopsError, match="--revision nowhere: no revision known here"):
        seed_of(repository, "nowhere")


def test_what_cloudformation_would_not_commit_is_refused(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed, "MOST_BYTES", 10)
    with pytest.raises(MlopsError, match="take large files out of the repository"):
        seed_of(repository, "HEAD")
