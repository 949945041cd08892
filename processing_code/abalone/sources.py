"""The input files of a job."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabular.failure import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SUFFIXES = (".csv", ".data", ".tsv")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Source:
    """One input file; `name` is its path below the input folder, with forward slashes."""

    path: Path
    name: str


def find_sources(folder: Path) -> list[Source]:
    """List each `*.csv`, `*.tsv` and `*.data` (as UCI says), at any depth, in name order."""
    paths = sorted(
        (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()),
        key=lambda path: path.relative_to(folder).as_posix(),
    )
    if not paths:
        raise JobError(
            f"no *.csv or *.data below {folder}: put the data under the input's S3 prefix"
        )
    sources = [Source(path, path.relative_to(folder).as_posix()) for path in paths]
    for source in sources:
        if not source.path.stat().st_size:
            raise JobError(f"{source.name} is empty: remove the file or fill it")
    return sources


def notes_on(folder: Path, used: Iterable[Path]) -> list[str]:
    """Say which files are left alone, whose rows somebody may miss; sidecars have none."""
    others = {path for path in folder.rglob("*") if path.is_file() and path.stat().st_size}
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in others - {*used}
        if path.suffix.lower() != ".json"
    )
    return [f"left alone, for what their names end in: {', '.join(names)}"] if names else []


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
