"""The source of a build: files of a project that git knows, as in a checkout."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from pipeline_local.runs.revision import git_revision

if TYPE_CHECKING:
    from pathlib import Path

# Left out of a folder without git: names that a checkout would not have.
_MADE_HERE = (".venv", "node_modules", "build", "cdk.out", ".git", "__pycache__", "*.egg-info")


def copy_source(project: Path, target: Path) -> str:
    """Copy a project; return its revision ("-dirty" if files differ), empty without git."""
    revision = git_revision(project)
    if revision is None or not (project / ".git").exists():
        shutil.copytree(project, target, ignore=shutil.ignore_patterns(*_MADE_HERE), symlinks=True)
        return revision or ""
    # A clone has the history, which a review compares with; then the working tree's files.
    _git(project, "clone", "--quiet", "--no-checkout", "--shared", str(project), str(target))
    _git(target, "checkout", "--quiet", "--detach", revision.removesuffix("-dirty"))
    listed = _git(project, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        source, copy = project / name, target / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
        elif not source.exists():
            copy.unlink(missing_ok=True)
    return revision


def _git(folder: Path, *arguments: str) -> str:
    words = ["git", "-C", str(folder), *arguments]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
