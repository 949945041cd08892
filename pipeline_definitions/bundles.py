"""Code and packages for the jobs, staged under an address made from their content."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
from functools import lru_cache
from pathlib import Path

from mlops_common.files import is_left_by_editor
from pipeline_definitions.built import CodeBundle
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.job_code import delivering

PROJECT_FOLDER = Path(__file__).parent.parent
STAGING_FOLDER = PROJECT_FOLDER / "build" / "bundles"
WHEELHOUSE_FOLDER = PROJECT_FOLDER / "build" / "wheelhouse"
_IGNORED_FOLDERS = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
_IGNORED_SUFFIXES = {".pyc", ".md"}


def code_bundle(folder: Path, staging: Path | None = None) -> CodeBundle:
    """Stage a folder of job code, with ``sourcedir.tar.gz`` for script-mode training."""
    files = _content(folder)
    digest = _digest(files)
    staged = (staging or STAGING_FOLDER) / digest
    whole = files | {"sourcedir.tar.gz": _source_archive(tuple(sorted(files.items())))}
    if _staged(staged) != whole:
        _stage(staged, whole)
    return CodeBundle(f"code/{digest}/", staged, digest, source=str(folder))


def code_digest(folder: Path) -> str:
    """Return the digest that a folder of job code has now, without staging it."""
    return _digest(_content(folder))


def wheelhouse_bundle(lock_file: Path) -> CodeBundle:
    """Find the staged wheels of a lock file.

    The digest is that of the lock file: it names every wheel by hash, so it stands for the
    content and the address is known before the wheels are fetched.
    """
    if not lock_file.is_file():
        raise PipelineModuleError(f"{lock_file}: this lock file does not exist")
    digest = lock_digest(lock_file)
    folder = WHEELHOUSE_FOLDER / digest
    if not folder.is_dir():
        raise PipelineModuleError(
            f"{lock_file.name}: its wheels are not here yet; run `make setup`, which fetches them"
        )
    return CodeBundle(f"wheelhouse/{digest}/", folder, digest)


def lock_digest(lock_file: Path) -> str:
    """Return the SHA-256 of a lock file's requirements, without comments and layout."""
    text = re.sub(r"\\\n", " ", lock_file.read_text(encoding="utf-8"))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    requirements = sorted(line for line in lines if line and not line.startswith("#"))
    return hashlib.sha256("\n".join(requirements).encode()).hexdigest()


def _content(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise PipelineModuleError(f"{folder}: this folder of job code does not exist")
    with delivering(folder):
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            and path.suffix not in _IGNORED_SUFFIXES
            and not _IGNORED_FOLDERS.intersection(path.relative_to(folder).parts)
            and not any(map(is_left_by_editor, path.relative_to(folder).parts))
        }
    if not files:
        raise PipelineModuleError(f"{folder}: this folder of job code is empty")
    return files


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{len(name.encode())}:{name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


@lru_cache(maxsize=4)  # each pipeline of an environment delivers the same code
def _source_archive(files: tuple[tuple[str, bytes], ...]) -> bytes:
    """Pack without times, owners and order of the file system: same files, same bytes."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(archive.getvalue(), mtime=0)


def _staged(folder: Path) -> dict[str, bytes]:
    """Read all that a staged folder delivers; a job leaves nothing there, a person may have."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _stage(target: Path, files: dict[str, bytes]) -> None:
    """Write beside the target, then rename; of two writers the second finds it done."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".staging-"))
    try:
        whole = beside / "whole"
        for name, content in files.items():
            path = whole / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        whole.chmod(0o755)
        if os.path.lexists(target) and _staged(target) != files:
            target.rename(beside / "damaged")
        try:
            whole.rename(target)
        except OSError:
            if _staged(target) != files:
                raise
    finally:
        shutil.rmtree(beside)
