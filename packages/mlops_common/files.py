"""Atomic writing of files, paths below a folder, and files that are nobody's."""

from __future__ import annotations

import os
import shutil
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Mapping

# What editors and notebooks leave beside a file while it is open or after it was saved.
_LEFT_BY_EDITORS = ("*~", ".*.sw?", "4913", ".#*", "#*#", ".ipynb_checkpoints")


def is_left_by_editor(name: str) -> bool:
    """Say whether a file or folder is an editor's own, by its name.

    Examples
    --------
    >>> [name for name in ("train.py", ".train.py.swp", "train.py~") if is_left_by_editor(name)]
    ['.train.py.swp', 'train.py~']
    """
    return any(fnmatchcase(name, pattern) for pattern in _LEFT_BY_EDITORS)


def below(folder: PurePath | str, path: str) -> PurePosixPath | None:
    """Return a path relative to the folder that holds it, None if it leads out of it.

    Nothing is looked up: `..` leads out, wherever it would lead.

    Examples
    --------
    >>> below("/opt/ml", "/opt/ml/model/a"), below("/opt/ml", "model/../../etc")
    (PurePosixPath('model/a'), None)
    """
    root = PurePosixPath(folder)
    found = root / path
    out = ".." in found.parts or "\0" in path or not found.is_relative_to(root)
    return None if out else found.relative_to(root)


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write beside the target, then rename, so that no reader ever sees half a file."""
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def refuse_existing(folder: Path, what: str) -> None:
    """Refuse a folder that holds something, which is not written over."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MlopsError(f"{what}: is there already; name a new folder")


def write_new_folder(folder: Path, files: Mapping[str, bytes], what: str) -> None:
    """Write all files of a folder, or nothing; `what` names it in messages."""
    refuse_existing(folder, what)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            for name, content in files.items():
                (beside / name).write_bytes(content)
            beside.chmod(0o755)
            beside.rename(folder)  # in place of an empty folder, too
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise MlopsError(f"{what}: cannot be written: {error.strerror}") from None
