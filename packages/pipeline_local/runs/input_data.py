"""The data set of a run: put where the pipeline looks for it, under an address of its own.

The address is the hash of the file and of what describes it. So runs with different data do not
disturb each other, and the same data are the same address, which step caching needs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import etag_of, join_uri, split_uri
from pipeline_local.runs.dataset import sidecar_of

if TYPE_CHECKING:
    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import RunState
    from pipeline_schema.definition import Definition

# The parameters that a pipeline of this project has for its data.
LOCATION = "InputDataUrl"
VERSION = "DataVersion"
_ADDRESS_CHARACTERS = 16


def takes_data(definition: Definition) -> bool:
    """Say whether a pipeline has a parameter for where its data are."""
    return LOCATION in definition.parameters


def name_of(uri: str) -> str:
    """Name the data set that a place in S3 is for: the first part of the key.

    Parameters
    ----------
    uri : str
        The pipeline's place for data, e.g. `s3://bucket/abalone/raw/`.
    """
    return split_uri(uri)[1].split("/")[0]


def address_of(uri: str, path: Path) -> str:
    """Return the prefix below a place in S3 that belongs to these data alone.

    Parameters
    ----------
    uri : str
        The pipeline's place for data, e.g. `s3://bucket/abalone/raw/`.
    path : Path
        The data; the file beside it that describes it counts too.
    """
    split_uri(uri)
    digest = hashlib.sha256()
    for file in _files(path):
        digest.update(f"{file.name}\0{_sha256(file)}\0".encode())
    return join_uri(uri, digest.hexdigest()[:_ADDRESS_CHARACTERS]) + "/"


def place_data(store: ObjectStore, state: RunState) -> int:
    """Upload the data of a run, unless they are there."""
    path = Path(state.data["path"])
    bucket, prefix = split_uri(str(state.parameters[LOCATION]))
    prefix = prefix.strip("/")
    present = store.list_objects(bucket, f"{prefix}/")
    if f"{prefix}/{path.name}" in present:
        return 0  # the data themselves are written last
    if not path.is_file():
        raise MlopsError(f"{path}: the data of run {state.run_id} are not there any more")
    if _sha256(path) != state.data["sha256"]:
        raise MlopsError(f"{path}: is not what run {state.run_id} began with")
    files = {f"{prefix}/{file.name}": file for file in _files(path)}
    stale = {key: file for key, file in files.items() if present.get(key) != etag_of(file)}
    for key, file in stale.items():
        store.put_file(bucket, key, file)
    return len(stale)


def _files(path: Path) -> list[Path]:
    """Return what is uploaded, the data last."""
    return [file for file in (sidecar_of(path), path) if file.is_file()]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
