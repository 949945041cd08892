"""Files that are either whole or missing, and JSON that is the same every time."""

from __future__ import annotations

import hashlib
import json
import math
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside the target, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        write(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a document as JSON for people and for `JsonGet`.

    A number that is not finite raises a `ValueError`: NaN is no JSON and would break every reader.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def digest_of(path: Path) -> str:
    """Hash the content of a file."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def fingerprint(digests: Iterable[str]) -> str:
    """Hash the content of files, whatever they are called and however they are sorted."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def rounded(number: float) -> float:
    """Cut a figure for a report to nine significant digits."""
    return float(f"{number:.9g}") if math.isfinite(number) else number
