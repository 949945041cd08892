"""Large bytes kept beside the journal, named by the hash of their content."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from mlops_common.files import write_atomically

# Up to this size bytes stay in the journal itself: a file each would cost more.
INLINE_BYTES = 16 * 1024


class Blobs:
    """A folder of files named by their SHA-256; the same bytes are kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep bytes; return their digest."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        if not path.exists():
            write_atomically(path, content)
        return digest

    def get(self, digest: str) -> bytes:
        """Read bytes back."""
        return self.path(digest).read_bytes()

    def path(self, digest: str) -> Path:
        """Return the file of a digest."""
        return self._folder / digest[:2] / digest


def keep_folder(source: Path, kept: Path) -> Path:
    """Keep a copy of a folder, named by the hash of its content."""
    if not source.is_dir():
        raise FileNotFoundError(f"no folder {source}")
    digest = hashlib.sha256()
    for path in sorted(entry for entry in source.rglob("*") if entry.is_file()):
        digest.update(path.relative_to(source).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    copy = kept / digest.hexdigest()
    if not copy.exists():
        kept.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=kept, prefix=".")) / "copy"
        shutil.copytree(source, beside)
        beside.rename(copy)
        beside.parent.rmdir()
    return copy


def sweep(folder: Path) -> None:
    """Delete what a kill left half-written in an unused state folder: names starting with a dot."""
    kept = folder / "functions"
    for path in [*folder.glob(".*"), *(folder / "blobs").glob("*/.*"), *kept.glob(".*")]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
