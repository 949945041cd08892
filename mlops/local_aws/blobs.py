"""Large bytes kept beside the journal, named by what they hold."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mlops.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

# Up to this size bytes stay in the journal itself: a file each would cost more than it saves.
INLINE_BYTES = 16 * 1024


class Blobs:
    """A folder of files named by their SHA-256; the same bytes are kept once.

    Parameters
    ----------
    folder : Path
        Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep bytes.

        Parameters
        ----------
        content : bytes
            What to keep.

        Returns
        -------
        str
            SHA-256 in hexadecimal, to `get` them by.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if not path.exists():
            write_atomically(path, content)
        return digest

    def get(self, digest: str) -> bytes:
        """Read bytes back.

        Parameters
        ----------
        digest : str
            What `put` returned.

        Returns
        -------
        bytes
            The same bytes.

        Raises
        ------
        FileNotFoundError
            If they are not kept.
        """
        return self._path(digest).read_bytes()

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest
