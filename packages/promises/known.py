"""Answers of earlier proofs, kept in a file.

Never the reason for a verdict: the file holds what the same question is answered again, and one
that cannot be read or written is as good as none.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_common.files import write_atomically
from mlops_common.store import NO_CACHE, sealed, unsealed

if TYPE_CHECKING:
    from collections.abc import Iterator

# The folder of the file; ``off`` for none.
VARIABLE = "MLOPS_PROOFS_CACHE"
_FOLDER, _FILE = "build/proofs", "answers.json"
# Some ten changes of all environments; the oldest go first.
_MOST = 50_000


def cache_folder() -> Path | None:
    """Return the folder for answers: that of VARIABLE, or one below the current project."""
    if os.environ.get(NO_CACHE):
        return None
    named = os.environ.get(VARIABLE)
    if named:
        return None if named == "off" else Path(named)
    return Path(_FOLDER) if Path("cdk.json").is_file() else None


@contextmanager
def known_answers(folder: Path | None) -> Iterator[dict[str, str]]:
    """Read what is known, and write what was added; without a folder, do neither."""
    known = {} if folder is None else _read(folder / _FILE)
    before = set(known)
    try:
        yield known
    finally:
        added = {key: text for key, text in known.items() if key not in before}
        if folder is not None and added:
            # Another process may have written since; who writes last adds to it, or is lost.
            _write(folder / _FILE, {**_read(folder / _FILE), **added})


def _read(file: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = unsealed(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return known


def _write(file: Path, known: dict[str, str]) -> None:
    kept = dict(list(known.items())[-_MOST:])
    with suppress(OSError):
        write_atomically(file, sealed(kept))
