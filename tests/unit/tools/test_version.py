"""The version comes from the newest tag, in a clone, in an archive and without either."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
FILES = ("pyproject.toml", ".gitattributes", ".git_archival.txt")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in FILES:
        shutil.copy(PROJECT / name, folder)
    _git(folder, "init", "-q")
    _git(folder, "add", ".")
    _git(folder, "commit", "-q", "-m", "all")
    return folder


def _git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", *who, *words]
    subprocess.run(command, cwd=folder, env=environment, check=True)


def _version(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "setuptools_scm"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _archive(repository: Path) -> Path:
    target = repository.parent / "archive"
    target.mkdir()
    _git(repository, "archive", "-o", str(target / "all.tar"), "HEAD")
    shutil.unpack_archive(target / "all.tar", target)
    return target


def test_a_tagged_commit_has_the_version_of_its_tag(repository: Path) -> None:
    _git(repository, "tag", "v1.2.3")
    assert _version(repository) == "1.2.3"
    assert _version(_archive(repository)) == "1.2.3"


def test_a_clone_without_tags_has_a_version(repository: Path) -> None:
    assert _version(repository).startswith("0.1")


def test_an_archive_without_tags_has_a_version(repository: Path) -> None:
    assert _version(_archive(repository))[0] == "0"


def test_files_without_git_have_a_version(repository: Path) -> None:
    shutil.rmtree(repository / ".git")
    assert _version(repository) == "0.1.0"
