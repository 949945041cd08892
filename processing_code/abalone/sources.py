"""The input files of a job."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abalone.failure import JobError
from abalone.records import is_header
from abalone.schema import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SUFFIXES = (".csv", ".data")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Source:
    """One input file; `name` is its path below the input folder, with forward slashes."""

    path: Path
    name: str
    has_header: bool


def find_sources(folder: Path) -> list[Source]:
    """List each `*.csv` and `*.data` (as UCI calls its file) at any depth, in name order."""
    paths = sorted(
        (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()),
        key=lambda path: path.relative_to(folder).as_posix(),
    )
    if not paths:
        raise JobError(
            f"no *.csv or *.data below {folder}: put the data under the input's S3 prefix"
        )
    sources = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        with path.open("rb") as file:
            first = file.readline().decode(errors="replace")
        if not first:
            raise JobError(f"{name} is empty: remove the file or fill it")
        sources.append(Source(path, name, is_header(first, COLUMNS)))
    return sources


def fingerprint(sources: list[Source]) -> str:
    """Hash the input bytes."""
    digest = hashlib.sha256()
    for source in sources:
        with source.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def is_synthetic(folder: Path) -> bool:
    """Return whether a `*.json` beside the data says `{"synthetic": true}`."""
    synthetic = False
    for path in sorted(folder.rglob("*.json")):
        try:
            marker = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise JobError(
                f"{path.relative_to(folder).as_posix()} beside the data is not JSON ({error}); "
                "it would say whether the data is synthetic: fix or remove it"
            ) from None
        synthetic |= isinstance(marker, dict) and marker.get("synthetic") is True
    return synthetic


def read_lines(source: Source, indices: list[int]) -> dict[int, str]:
    """Fetch the text of a few lines, by ascending numbers from 0 after the header.

    They have no line ends; bytes that are no UTF-8 appear as U+FFFD.
    """
    lines: dict[int, str] = {}
    wanted = iter(indices)
    following = next(wanted, None)
    for index, line in enumerate(_data_lines(source) if indices else ()):
        if index == following:
            lines[index] = _text(line)
            following = next(wanted, None)
            if following is None:
                break
    return lines


def find_lines(source: Source, matches: Callable[[bytes], bool]) -> dict[int, str]:
    """Fetch the text of all lines of a kind."""
    return {index: _text(line) for index, line in enumerate(_data_lines(source)) if matches(line)}


def count_commas(source: Source) -> int:
    """Count the commas of a file."""
    with source.path.open("rb") as file:
        if source.has_header:
            file.readline()
        total = 0
        while chunk := file.read(_CHUNK):
            total += chunk.count(b",")
    return total


def _data_lines(source: Source) -> Iterator[bytes]:
    with source.path.open("rb") as file:
        if source.has_header:
            file.readline()
        yield from file


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r\n")
