"""Archives of the code of Lambda's functions and layers: what is in one, and unpacking."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class ArchiveError(Exception):
    """An archive that cannot be unpacked."""


def check_archive(archive: bytes) -> None:
    """Refuse what is no archive, an empty one, a damaged one, and files below files."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as content:
            entries, damaged = content.infolist(), content.testzip()
    except Exception as error:  # zipfile raises many kinds, by what is wrong in the bytes
        raise ArchiveError(str(error)) from error
    files = {PurePosixPath(each.filename) for each in entries if not each.is_dir()}
    folders = {PurePosixPath(each.filename) for each in entries if each.is_dir()}
    folders.update(*(each.parents for each in files))
    if damaged or not files or files & folders:
        raise ArchiveError(damaged or "it has no files, or files below a file")


def unpacked(archives: Sequence[bytes], folder: Path) -> tuple[Path, str]:
    """Unpack archives, each over those before it, into a folder named by their content.

    Return what is wrong with them, too: one function's code must not hinder the others.
    """
    digest = hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in archives))
    found = folder / digest.hexdigest()
    if found.exists():
        return found, ""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
        beside = Path(scratch) / "code"
        beside.mkdir(mode=0o755)
        try:
            for each in archives:
                with zipfile.ZipFile(io.BytesIO(each)) as content:
                    content.extractall(beside)
        except Exception as error:  # noqa: BLE001 (as above, and those of the file system)
            fault = f"could not unzip the deployment package: {type(error).__name__}: {error}"
            return found, f"InvalidZipFileException: Lambda {fault}"
        with suppress(OSError):  # another request was first
            beside.rename(found)
    return found, ""
