"""Waiting for an edit: of the inputs of a synthesis, or of files of the user's own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mlops.synthesis.synthesize import input_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_POLL_SECONDS = 0.3

Seen = dict["Path", tuple[int, int]]


def look(root: Path, others: Sequence[Path] = ()) -> Seen:
    """Note time and size of all files."""
    seen: Seen = {}
    for file in (*input_files(root), *others):
        try:
            facts = file.stat()
        except OSError:  # removed since it was listed
            continue
        seen[file] = (facts.st_mtime_ns, facts.st_size)
    return seen


def wait_for_edit(root: Path, before: Seen, others: Sequence[Path] = ()) -> list[Path]:
    """Return the files that have changed since, once no more of them change."""
    last = before
    while True:
        now = look(root, others)
        if now == last != before:
            return sorted({file for file, _ in now.items() ^ before.items()})
        last = now
        time.sleep(_POLL_SECONDS)
