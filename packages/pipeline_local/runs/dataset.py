"""A data set: its file, its sidecar and its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1 << 20


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
        return {
            "path": str(self.path),
            "source": self.source,
            "synthetic": self.synthetic,
            "sha256": self.sha256,
        }


def sidecar_of(path: Path) -> Path:
    """Return the path of a data file's description: `abalone.csv` -> `abalone.csv.json`."""
    return path.with_name(f"{path.name}.json")


def describe(path: Path, source: str) -> Dataset:
    """Read and hash a data file and its sidecar."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise MlopsError(f"{path}: cannot read the data ({error.strerror})") from None
    synthetic = False
    sidecar = sidecar_of(path)
    if sidecar.is_file():
        try:
            marker = json.loads(sidecar.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MlopsError(
                f"{sidecar}: it says whether the data is synthetic, but is no readable JSON "
                f"({error}); mend or remove it"
            ) from None
        synthetic = isinstance(marker, dict) and marker.get("synthetic") is True
    return Dataset(path, source, synthetic, digest.hexdigest())
