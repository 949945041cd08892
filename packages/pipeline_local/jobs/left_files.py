"""Files that a job leaves below `/opt/ml`, read as the job saw them.

The runner is not in the job's jail: a link that leads out of `/opt/ml` is refused, never followed,
for it would name a file of this machine. Links within `/opt/ml` lead where they did in the job.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pipeline_local.jobs.job_root import CONTAINER_ROOT
from pipeline_local.jobs.work import StepFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_KEY = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # the last are bytes that are not UTF-8
_MOST_LINKS = 40  # as Linux has it


def place_of(content: Path, container_path: str | PurePosixPath) -> Path:
    """Return where a path of the job is, all links resolved; raise StepFailed if it leads out."""
    waiting = list(reversed(PurePosixPath(container_path).parts))
    at, links = PurePosixPath("/"), 0
    while waiting:
        part = waiting.pop()
        at = at.parent if part == ".." else at / part
        here = _on_this_machine(content, at)
        if here is not None and here.is_symlink():
            links += 1
            if links > _MOST_LINKS:
                raise StepFailed(f"ClientError: {container_path}: too many links")
            target = here.readlink()
            at = PurePosixPath("/") if target.is_absolute() else at.parent
            waiting += reversed(target.parts)
    found = _on_this_machine(content, at)
    if found is None:
        raise StepFailed(
            f"ClientError: {container_path} is a link to {at}, outside {CONTAINER_ROOT}; "
            "copy what it names"
        )
    return found


def files_left(content: Path, container_path: str) -> Iterator[tuple[PurePosixPath, Path]]:
    """Yield the files in a folder of the job in the order of their names: name, and place.

    Raises StepFailed where a link leads out of `/opt/ml`, or back to a folder above it.
    """
    root = PurePosixPath(container_path)
    found = _walk(content, root, frozenset())
    yield from sorted((name.relative_to(root), place) for name, place in found)


def text_left(content: Path, container_path: str, most: int) -> str:
    """Return the start of a file of the job, at most so many characters; empty if it is none."""
    place = place_of(content, container_path)
    try:
        # Not waiting for what has no end, as a pipe; it is no file, then.
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return ""
        return file.read(min(4 * most, found.st_size)).decode(errors="replace")[:most]


def _walk(
    content: Path, folder: PurePosixPath, above: frozenset[Path]
) -> Iterator[tuple[PurePosixPath, Path]]:
    place = place_of(content, folder)
    if place in above:
        raise StepFailed(f"ClientError: {folder} is a link to a folder above it")
    if not place.is_dir():
        return
    for each in place.iterdir():
        if _NO_KEY.search(each.name):
            raise StepFailed(f"ClientError: {folder}: {each.name!r} cannot be a name in S3")
        name = folder / each.name
        there = place_of(content, name) if each.is_symlink() else each
        if there.is_dir():
            yield from _walk(content, name, above | {place})
        elif there.is_file():
            yield name, there


def _on_this_machine(content: Path, path: PurePosixPath) -> Path | None:
    """Return where a path of the job is here, links aside; None outside `/opt/ml`."""
    if path.is_relative_to(CONTAINER_ROOT):
        return content / path.relative_to(CONTAINER_ROOT)
    return None


def remove_tree(folder: Path) -> None:
    """Remove what a job left, whatever it forbids its owner and wherever links in it lead."""
    if not folder.exists():
        return
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}-before-"))
    folder.rename(beside)
    beside.chmod(stat.S_IRWXU)
    for place, folders, _ in os.walk(beside):
        for name in folders:
            if not (each := Path(place, name)).is_symlink():
                each.chmod(stat.S_IRWXU)
    shutil.rmtree(beside, ignore_errors=True)
