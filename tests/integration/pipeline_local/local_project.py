"""A project whose local AWS holds what definitions read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.storage import ObjectStore, split_uri
from pipeline_local.local_aws import connect, keeper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@contextmanager
def project_with(
    folder: Path, account: str, region: str, objects: Iterable[tuple[str, bytes]]
) -> Iterator[ObjectStore]:
    """Work in a folder whose local AWS has objects; skip the test without namespaces."""
    if not namespaces_available():
        pytest.skip("the kernel gives this user no namespaces")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        store = ObjectStore(connect(region, account, folder / keeper.FOLDER).client("s3"))
        for uri, content in objects:
            bucket, key = split_uri(uri)
            store.ensure_bucket(bucket, region)
            store.client.put_object(Bucket=bucket, Key=key, Body=content)
        yield store
        keeper.stop_server(folder / keeper.FOLDER)
