"""Files that are generated from the code or from a library, and checked to be up to date."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write(file: Path, fresh: str, stale: str) -> int:
    """Write a file if it differs; with ``--check`` report `stale` instead. Return the exit code."""
    if file.is_file() and file.read_text(encoding="utf-8") == fresh:
        return 0
    if "--check" in sys.argv[1:]:
        print(stale, file=sys.stderr)
        return 1
    file.write_text(fresh, encoding="utf-8")
    return 0
