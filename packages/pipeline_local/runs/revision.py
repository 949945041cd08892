"""The git revision that a run is made from."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PARAMETER = "GitRevision"
# CodeBuild User Guide, "Environment variables in build environments".
BUILT = "CODEBUILD_RESOLVED_SOURCE_VERSION"


def git_revision(root: Path) -> str | None:
    """Return the commit of a checkout, "-dirty" when files differ from it.

    Outside a git repository, return CodeBuild's source version (CodePipeline passes files
    without their history), or None.
    """
    commit = _git(root, "rev-parse", "HEAD") if shutil.which("git") else None
    if not commit:
        return os.environ.get(BUILT) or None
    return f"{commit}-dirty" if _git(root, "status", "--porcelain") else commit


def _git(root: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(root), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else None
