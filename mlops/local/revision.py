"""Which revision of the project a run is made from."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PARAMETER = "GitRevision"


def git_revision(root: Path) -> str | None:
    """Return the commit of a check-out, with "-dirty" when files differ from it.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    str or None
        None outside a git repository, or where git is not installed.
    """
    if shutil.which("git") is None:
        return None
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return None
    return f"{commit}-dirty" if _git(root, "status", "--porcelain") else commit


def _git(root: Path, *arguments: str) -> str | None:
    result = subprocess.run(
        ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's git
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() if result.returncode == 0 else None
