"""Git: revisions, and temporary worktrees of them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator


def git(root: Path, *arguments: str) -> str:
    """Return the output of a git command, empty where it fails."""
    if shutil.which("git") is None:
        raise MlopsError("git: not installed; name a cloud assembly with --against FOLDER")
    result = subprocess.run(
        ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's git
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() if result.returncode == 0 else ""


def default_revision(root: Path) -> str:
    """Return the commit where this branch left the main one; on a clean main, the parent."""
    head = git(root, "rev-parse", "HEAD")
    for main in ("origin/HEAD", "origin/main", "main"):
        base = git(root, "merge-base", "HEAD", main)
        if base:
            clean = not git(root, "status", "--porcelain", "--untracked-files=no")
            parent = git(root, "rev-parse", "--verify", "--quiet", "HEAD~1")
            return parent if base == head and clean and parent else base
    raise MlopsError(f"{root}: no branch main or origin/main; say --against REVISION or FOLDER")


@contextmanager
def worktree(root: Path, commit: str) -> Iterator[Path]:
    """Check a commit out temporarily beside the project."""
    top = Path(git(root, "rev-parse", "--show-toplevel") or root)
    with tempfile.TemporaryDirectory(prefix="review-") as folder:
        tree = Path(folder) / "tree"
        done = subprocess.run(
            ["git", "-C", str(top), "worktree", "add", "--detach", "--quiet", str(tree), commit],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise MlopsError(f"git worktree add {commit[:12]}: {done.stderr.strip()}")
        try:
            yield tree / root.resolve().relative_to(top.resolve())
        finally:
            git(top, "worktree", "remove", "--force", str(tree))
            git(top, "worktree", "prune")
