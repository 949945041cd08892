"""Results of a build: artifacts as archives, reports as files."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_local.builds.buildspec import FileSet

# Archives of the same files are the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


def keep_artifact(source: Path, files: FileSet, target: Path) -> Path:
    """Put files into an archive."""
    found = dict(_matching(source, files))
    if not found:
        raise MlopsError(f"no matching artifact paths found: {', '.join(files.files)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(found.items()):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = (path.stat().st_mode & 0o777) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return target


def keep_reports(source: Path, files: FileSet, target: Path) -> Path | None:
    """Copy test reports; return None if nothing matches, which fails no build."""
    try:
        found = dict(_matching(source, files))
    except MlopsError:
        return None
    for name, path in found.items():
        write_atomically(target / name, path.read_bytes())
    return target if found else None


def unpack(archive: Path, target: Path) -> None:
    """Unpack an artifact where the next build finds it."""
    shutil.rmtree(target, ignore_errors=True)
    with zipfile.ZipFile(archive) as content:
        content.extractall(target)


def _matching(source: Path, files: FileSet) -> Iterator[tuple[str, Path]]:
    base = (source / files.base).resolve()
    if not base.is_dir():
        raise MlopsError(f"base-directory {files.base} does not exist")
    left_out = {path for pattern in files.excluded for path in _expand(base, pattern)}
    for pattern in files.files:
        for path in _expand(base, pattern):
            if path not in left_out:
                yield path.name if files.flat else path.relative_to(base).as_posix(), path


def _expand(base: Path, pattern: str) -> Iterator[Path]:
    """Yield files of a pattern; a folder's name alone means nothing, as in CodeBuild."""
    relative = pattern.removeprefix("./").lstrip("/")
    for path in sorted(base.glob(relative)):
        if path.is_file() and ".git" not in path.relative_to(base).parts:
            yield path
