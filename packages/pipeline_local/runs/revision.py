"""Which revision of the project a run is made from."""

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
    """Return the commit of a check-out, with "-dirty" when files differ from it.

    Returns
    -------
    str or None
        Outside a git repository, or where git is not installed, what CodeBuild says that it builds
        (CodePipeline hands over files without their history); None if nobody says.
    """
    commit = _git(root, "rev-parse", "HEAD") if shutil.which("git") else None
    if not commit:
        return os.environ.get(BUILT) or None
    return f"{commit}-dirty" if _git(root, "status", "--porcelain") else commit


def _git(root: Path, *arguments: str) -> str | None:
    result = subprocess.run(
        ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's git
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() if result.returncode == 0 else None
