"""The files that Python code reads: what its result depends on."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SYSTEM = ("/proc", "/sys", "/dev")


class Reads:
    """The files that this process opens to read, and the folders that it lists, from now on.

    Modules count by their sources, also those imported before. What `counts` refuses is left out.
    """

    def __init__(self, counts: Callable[[str], bool]) -> None:
        self._counts = counts
        self._seen: dict[str, Any] = {}
        self._busy = False
        sys.addaudithook(self._note)
        for module in list(sys.modules.values()):
            self._note("open", (getattr(module, "__file__", None), "r", os.O_RDONLY))

    def fingerprints(self) -> dict[str, str] | None:
        """Return a hash of what was read at each path; None if some of it has changed since."""
        seen = dict(self._seen)
        if any(_state(path) != state for path, state in seen.items()):
            return None
        return {path: fingerprint(path) for path in sorted(seen)}

    def _note(self, event: str, given: tuple[Any, ...]) -> None:
        if self._busy or event not in {"open", "os.listdir", "os.scandir"}:
            return
        self._busy = True
        try:
            path = _path(event, given)
            if path and path not in self._seen and self._counts(path):
                self._seen[path] = _state(path)
        finally:
            self._busy = False


def unchanged(fingerprints: Mapping[str, str]) -> bool:
    """Say whether everything that was read is as it was then."""
    return all(fingerprint(path) == before for path, before in fingerprints.items())


def fingerprint(path: str) -> str:
    """Return a SHA-256 of a file's content, or of a folder's visible names; else a word."""
    try:
        names = _names(path)
        content = "\0".join(names).encode() if names is not None else Path(path).read_bytes()
    except OSError:
        return "unreadable"
    return hashlib.sha256(content).hexdigest()


def outside_of_packages(project: Path) -> Callable[[str], bool]:
    """Return what tells a project's files, and others that may change, from installed packages.

    Those are known by their versions; build products by what they were made from.
    """
    installed = {sys.prefix, sys.base_prefix, *map(str, package_folders())}
    inside = {each for each in installed if _below(each, str(project))}
    inside |= {str(project / name) for name in ("build", "node_modules", ".venv")}
    outside = {*installed, *_SYSTEM}

    def counts(path: str) -> bool:
        left_out = inside if _below(path, str(project)) else outside
        return not any(_below(path, each) for each in left_out)

    return counts


def package_folders() -> list[Path]:
    """Return the folders of the path that packages are installed in."""
    return [each for each in map(Path, sys.path) if any(each.glob("*.dist-info"))]


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _path(event: str, given: tuple[Any, ...]) -> str | None:
    name = given[0]
    if event == "open" and (not isinstance(name, (str, bytes, os.PathLike)) or _writes(given)):
        return None
    if name is None:
        name = "."
    if not isinstance(name, (str, bytes, os.PathLike)):
        return None
    path = os.path.normpath(Path(os.fsdecode(name)).absolute())
    if path.endswith(".pyc"):
        with contextlib.suppress(ValueError):
            return importlib.util.source_from_cache(path)
    return path


def _writes(given: tuple[Any, ...]) -> bool:
    flags = given[2] if isinstance(given[2], int) else 0
    return bool(flags & (os.O_WRONLY | os.O_CREAT | os.O_TRUNC))


def _state(path: str) -> Any:
    try:
        names = _names(path)
        if names is not None:
            return names
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _names(path: str) -> list[str] | None:
    """List a folder without what tools leave there; None if it is none."""
    if not Path(path).is_dir():
        return None
    left_out = ("__pycache__", ".egg-info")
    names = (each.name for each in Path(path).iterdir())
    return sorted(name for name in names if name[0] != "." and not name.endswith(left_out))
