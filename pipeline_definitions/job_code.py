"""The record of job code: its folders, and their files that definitions depend on.

A file that is only delivered decides nothing but the address of the code. One that is read while
definitions are built, a lock file or a list of columns, may decide anything.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_contract.job_code import FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline_definitions.built import BuiltPipeline

_opened: set[str] = set()
_delivering: list[Path] = []


def note_reads() -> None:
    """Note from now on which files this process opens."""
    _install()


@contextmanager
def delivering(folder: Path) -> Iterator[None]:
    """Let a folder be read for delivery, which decides its address alone."""
    _delivering.append(folder)
    try:
        yield
    finally:
        _delivering.pop()


def is_delivered(path: str) -> bool:
    """Return whether a file is being read for delivery."""
    return any(map(Path(path).is_relative_to, _delivering)) and not Path(path).is_dir()


def read_in(folder: Path) -> tuple[str, ...]:
    """Return the files of a folder that were opened or imported, sorted."""
    # A module may have been imported before, or in compiled form from elsewhere.
    modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    files = {_resolved(name) for name in (*_opened, *modules) if name}
    below = f"{folder.resolve()}{os.sep}"
    inside = sorted(file for file in files if file.startswith(below))
    return tuple(file for file in inside if Path(file).parent.name != "__pycache__")


def record(folder: Path, project: Path, pipelines: Iterable[BuiltPipeline]) -> None:
    """Write the record of an app's pipelines to the folder of its cloud assembly."""
    bundles = [each for pipeline in pipelines for each in pipeline.bundles if each.source]
    folders = {(_shown(each.source, project), each.digest) for each in bundles}
    read = {_shown(file, project) for each in bundles for file in each.read}
    document = {
        "folders": [{"folder": place, "digest": digest} for place, digest in sorted(folders)],
        "read": sorted(read),
    }
    (folder / FILE).write_text(json.dumps(document, indent=1), encoding="utf-8")


def _shown(path: str, project: Path) -> str:
    return Path(os.path.relpath(Path(path).resolve(), project.resolve())).as_posix()


@cache  # thousands of modules in hundreds of folders, asked for each pipeline
def _resolved(name: str) -> str:
    path = Path(name)
    return str(path.resolve() if path.is_symlink() else _resolved_folder(path.parent) / path.name)


_resolved_folder = cache(Path.resolve)


@cache
def _install() -> None:
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or _delivering:
        return
    path, _mode, flags = arguments
    if isinstance(path, str | bytes | os.PathLike) and flags & os.O_ACCMODE != os.O_WRONLY:
        _opened.add(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - of any path
