"""Kept cloud assemblies: from which inputs one was made, and that its files are still those."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FINGERPRINT_FILE = "inputs.sha256"
INPUTS_FILE = "inputs.json"
# The CDK's command line keeps zipped assets and locks in an assembly that it deploys.
_CACHE, _LOCK = ".cache", re.compile(r"synth\.lock|read\.\d+\.\d+\.lock")


def mark(folder: Path, inputs: Mapping[str, str]) -> None:
    """Note in a cloud assembly what it was made from, and the contents of its files."""
    (folder / INPUTS_FILE).write_text(json.dumps(inputs, indent=1))
    seal(folder, fingerprint_of(inputs))


def seal(folder: Path, made_from: str) -> None:
    """Note what identifies an assembly's inputs, and the contents of its files."""
    (folder / FINGERPRINT_FILE).write_text(f"{made_from} {contents_of(folder)}")


def is_made_from(folder: Path, made_from: str) -> bool:
    """Say whether an assembly was sealed with this and has not changed since."""
    sealed = _seal(folder)
    return sealed[0] == made_from and sealed[1] == contents_of(folder)


def is_whole(folder: Path) -> bool:
    """Say whether an assembly has the files that it was made with."""
    return _seal(folder)[1] == contents_of(folder)


def fingerprint_of(inputs: Mapping[str, str]) -> str:
    """Return the SHA-256 of the result of `inputs_of`."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def contents_of(folder: Path) -> str:
    """Return a SHA-256 of the names and contents of an assembly's files."""
    digest = hashlib.sha256()
    for path in sorted(_files(str(folder))):
        digest.update(os.fsencode(os.path.relpath(path, folder)) + b"\0")
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - a tenth of the time over all files
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:  # what cannot be read is a change
            digest.update(str(error.errno).encode())
    return digest.hexdigest()


def _seal(folder: Path) -> tuple[str, str]:
    try:
        made_from, _, contents = (folder / FINGERPRINT_FILE).read_text().rpartition(" ")
    except (OSError, UnicodeDecodeError):
        return "", ""
    return made_from, contents


def _files(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each != _CACHE]
        for name in names:
            if name != FINGERPRINT_FILE and not _LOCK.fullmatch(name):
                yield os.path.join(parent, name)  # noqa: PTH118
