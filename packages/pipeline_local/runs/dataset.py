"""A data set: its file, its sidecar and its hash."""

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
    """A file of records; synthetic if its sidecar says so."""

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
    """Return the path of a data file's description: `abalone.csv` -> `abalone.csv.json`."""
    return path.with_name(f"{path.name}.json")


def describe(path: Path, source: str) -> Dataset:
    """Read and hash a data file and its sidecar."""
    try:
        digest = file_sha256(path)
    except OSError as error:
        raise MlopsError(f"{path}: cannot read the data ({error.strerror})") from None
    synthetic = False
    sidecar = sidecar_of(path)
    if sidecar.is_file():
        try:
            marker = json.loads(sidecar.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MlopsError(
                f"{sidecar}: is not readable JSON ({error}), so it is unknown whether the data are "
                "synthetic; fix or remove it"
            ) from None
        synthetic = isinstance(marker, dict) and marker.get("synthetic") is True
    return Dataset(path, source, synthetic, digest)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
