"""Upload of a run's data set, below an address of its own.

The address is the hash of files and sidecars: runs with different data do not disturb each other,
and the same data have the same address, which step caching needs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import etag_of, join_uri, split_uri
from pipeline_local.runs.dataset import data_sha256, file_sha256, files_of

if TYPE_CHECKING:
    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import RunState
    from pipeline_schema.definition import Definition

# The parameters that a pipeline of this project has for its data.
LOCATION = "InputDataUrl"
VERSION = "DataVersion"
_ADDRESS_CHARACTERS = 16


def takes_data(definition: Definition) -> bool:
    """Return whether a pipeline has a parameter for the location of its data."""
    return LOCATION in definition.parameters


def name_of(uri: str) -> str:
    """Return the name of the data set in `s3://bucket/NAME/…`."""
    return split_uri(uri)[1].split("/")[0]


def address_of(uri: str, path: Path) -> str:
    """Return the prefix below an S3 URI that belongs to these data and their sidecar alone."""
    split_uri(uri)
    digest = hashlib.sha256()
    for name, file in files_of(path).items():
        digest.update(f"{name}\0{file_sha256(file)}\0".encode())
    return join_uri(uri, digest.hexdigest()[:_ADDRESS_CHARACTERS]) + "/"


def place_data(store: ObjectStore, state: RunState) -> int:
    """Upload the data of a run unless they are present; return the number of files."""
    path = Path(state.data["path"])
    bucket, prefix = split_uri(str(state.parameters[LOCATION]))
    prefix = prefix.strip("/")
    present = store.list_objects(bucket, f"{prefix}/")
    if f"{prefix}/{path.name}" in present:
        return 0  # the data themselves are written last
    if not path.exists():
        raise MlopsError(f"{path}: the data of run {state.run_id} do not exist any more")
    if data_sha256(path) != state.data["sha256"]:
        raise MlopsError(f"{path}: has changed since the start of run {state.run_id}")
    files = {f"{prefix}/{name}": file for name, file in files_of(path).items()}
    stale = {key: file for key, file in files.items() if present.get(key) != etag_of(file)}
    for key, file in stale.items():
        store.put_file(bucket, key, file)
    return len(stale)
