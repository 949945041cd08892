"""Results of earlier work, kept as files: a shortcut to what would be computed again.

A store never decides anything. What is missing, damaged, of another key, or in a folder that cannot
be read is computed; what cannot be written is not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

# With a value, nothing is read from a store or kept in one.
NO_CACHE = "MLOPS_NO_CACHE"
_KEPT = 400  # entries of a folder; the oldest make room


def sealed(value: Any) -> bytes:
    """Write a value as JSON below its own hash, by which damage shows."""
    body = json.dumps(value).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def unsealed(content: bytes) -> Any:
    """Return the value that was sealed; `ValueError` if the content is damaged."""
    digest, _, body = content.partition(b"\n")
    if digest != hashlib.sha256(body).hexdigest().encode():
        raise ValueError("damaged")
    return json.loads(body)


@dataclass(frozen=True)
class Store:
    """JSON values in a folder, each in a file named after the hash of its key.

    `key` names all that a value was made from: versions, content, settings.
    """

    folder: Path

    def get(self, key: str) -> Any | None:
        """Return a value that was kept whole under this key, else None."""
        if os.environ.get(NO_CACHE):
            return None
        try:
            entry = unsealed(self._file(key).read_bytes())
            return entry["value"] if entry["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, value: Any) -> None:
        """Keep a value, if the folder can be written."""
        if os.environ.get(NO_CACHE):
            return
        with contextlib.suppress(OSError):
            self._make_room()
            write_atomically(self._file(key), sealed({"key": key, "value": value}))

    def _file(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    def _make_room(self) -> None:
        if not self.folder.is_dir():
            return
        entries = [(each.stat().st_mtime, each) for each in self.folder.iterdir()]
        for _, entry in sorted(entries)[: max(0, len(entries) - _KEPT)]:
            entry.unlink(missing_ok=True)
