"""A data set: its file or folder, its sidecars and its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Dataset:
    """A file of records, or a folder of them; synthetic if a sidecar says so."""

    path: Path
    source: str
    synthetic: bool
    sha256: str

    @property
    def sidecar(self) -> Path | None:
        """The file beside the data that describes it, if it exists."""
        path = sidecar_of(self.path)
        return path if path.is_file() else None

    def facts(self) -> dict[str, Any]:
        """Return the facts that `--json` prints."""
        return {**asdict(self), "path": str(self.path)}


def sidecar_of(path: Path) -> Path:
    """Return the path of a data file's description: `rows.csv` -> `rows.csv.json`."""
    return path.with_name(f"{path.name}.json")


def describe(path: Path, source: str) -> Dataset:
    """Read and hash data and what lies beside them."""
    files = files_of(path)
    try:
        digest = data_sha256(path)
    except OSError as error:
        raise MlopsError(f"{path}: cannot read the data ({error.strerror})") from None
    if path.is_dir() and not files:
        raise MlopsError(f"{path}: the folder has no files")
    sidecars = [file for name, file in files.items() if name.removesuffix(".json") in files]
    synthetic = any(_is_synthetic(file) for file in sidecars if file.suffix == ".json")
    return Dataset(path, source, synthetic, digest)


def files_of(path: Path) -> dict[str, Path]:
    """Return a folder's files by name, at any depth, or a file after its sidecar.

    What begins with a point is left out: editors and file managers leave such files.
    """
    if not path.is_dir():
        return {file.name: file for file in (sidecar_of(path), path) if file.is_file()}
    files = {file.relative_to(path): file for file in sorted(path.rglob("*")) if file.is_file()}
    return {
        name.as_posix(): file
        for name, file in files.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def data_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and hashes of a folder's files."""
    if not path.is_dir():
        return file_sha256(path)
    lines = [f"{name}\0{file_sha256(file)}\n" for name, file in files_of(path).items()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _is_synthetic(sidecar: Path) -> bool:
    try:
        marker = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MlopsError(
            f"{sidecar}: is not readable JSON ({error}), so it is unknown whether the data are "
            "synthetic; fix or remove it"
        ) from None
    return isinstance(marker, dict) and marker.get("synthetic") is True


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
