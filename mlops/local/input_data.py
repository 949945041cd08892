"""The data set of a run: put where the pipeline looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.data.dataset import sidecar_of
from mlops.errors import MlopsError
from mlops.local.storage import etag_of, split_uri

if TYPE_CHECKING:
    from pathlib import Path

    from mlops.local.definition import Definition
    from mlops.local.storage import ObjectStore

# The parameters that a pipeline of this project has for its data.
LOCATION = "InputDataUrl"
VERSION = "DataVersion"


def takes_data(definition: Definition) -> bool:
    """Say whether a pipeline has a parameter for where its data are."""
    return LOCATION in definition.parameters


def upload_data(store: ObjectStore, uri: str, path: Path) -> int:
    """Make a file, with its description beside it, the only content of a prefix.

    Parameters
    ----------
    store : ObjectStore
        S3.
    uri : str
        The prefix, e.g. `s3://bucket/abalone/raw/`.
    path : Path
        The data; the file beside it that describes it travels along when there is one.

    Returns
    -------
    int
        The number of files that had to be copied: 0 when the same bytes were there already.

    Raises
    ------
    MlopsError
        If the prefix is a whole bucket, whose content is not ours to replace.
    """
    bucket, prefix = split_uri(uri)
    prefix = prefix.strip("/")
    if not prefix:
        raise MlopsError(f"{LOCATION}: {uri} is a whole bucket; name a prefix for the data")
    files = {f"{prefix}/{file.name}": file for file in (path, sidecar_of(path)) if file.is_file()}
    present = store.list_objects(bucket, f"{prefix}/")
    copied = 0
    for key, file in files.items():
        if present.get(key) != etag_of(file):
            store.put_file(bucket, key, file)
            copied += 1
    for key in present.keys() - files.keys():
        store.client.delete_object(Bucket=bucket, Key=key)
    return copied
