"""Tar archives whose bytes depend on nothing but their content."""

from __future__ import annotations

import gzip
import tarfile
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path

_FILE_MODE, _FOLDER_MODE = 0o644, 0o755


def pack(folder: Path, target: Path) -> None:
    """Write a folder's content as a `.tar.gz`: the same model trained twice has the same hash."""
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(folder.rglob("*")):
            archive.add(path, str(path.relative_to(folder)), recursive=False, filter=_neutral)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar archive, refusing members that would land outside the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise MlopsError(f"{archive.name}: cannot be unpacked: {error}") from None


def _neutral(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = _FOLDER_MODE if member.isdir() else _FILE_MODE
    return member
