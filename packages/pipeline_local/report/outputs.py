"""Outputs of a run's steps in S3: the hash of every file, and the content that the report shows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.storage import split_uri
from pipeline_local.runs.summary import step_artefacts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import RunState

_CHUNK_BYTES = 1 << 20
_KEPT = (".json", ".png")
_KEPT_BYTES = 4 << 20  # a report stays a file that can be sent by mail


@dataclass(frozen=True)
class OutputFile:
    """One object."""

    name: str
    sha256: str
    size: int
    content: bytes | None = field(default=None, repr=False)  # of small JSON and plots


@dataclass(frozen=True)
class Output:
    """One output of a step."""

    step: str
    name: str
    uri: str
    files: tuple[OutputFile, ...] = ()  # by key; empty when they are missing


def read_outputs(state: RunState, store: ObjectStore | None) -> list[Output]:
    """Read the outputs of a run."""
    return [
        Output(step, name, uri, tuple(_files(store, uri)) if store else ())
        for step, state_of_step in state.steps.items()
        for name, uri in step_artefacts(state_of_step)
        if uri.startswith("s3://")
    ]


def used_baselines(state: RunState, store: ObjectStore | None) -> list[Output]:
    """Read the baselines that checks held their data against, without those that they made."""
    return [
        Output(name, kind, uri, tuple(_files(store, uri)) if store else ())
        for name, step in state.steps.items()
        for kind in ("Statistics", "Constraints")
        if (uri := str(step.properties.get(f"BaselineUsedForDriftCheck{kind}") or ""))
        and uri != step.properties.get(f"CalculatedBaseline{kind}")
    ]


def read_object(store: ObjectStore | None, uri: str) -> OutputFile | None:
    """Read one object; None for a prefix, and where nothing is."""
    if store is None or not uri.startswith("s3://"):
        return None
    files = list(_files(store, uri))
    name = uri.rsplit("/", 1)[-1]
    return files[0] if len(files) == 1 and files[0].name == name else None


def documents(outputs: list[Output], file_name: str) -> Iterator[tuple[Output, dict[str, Any]]]:
    """Yield every JSON object of a file name, with its output; skip other content."""
    for output in outputs:
        for file in output.files:
            if file.content is None or file.name.rsplit("/", 1)[-1] != file_name:
                continue
            try:
                document = json.loads(file.content)
            except ValueError:
                continue
            if isinstance(document, dict):
                yield output, document


def _files(store: ObjectStore, uri: str) -> Iterator[OutputFile]:
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, prefix = split_uri(uri)
    try:
        for key in store.list_objects(bucket, prefix):
            rest = key.removeprefix(prefix)
            if not rest.startswith("/") and not prefix.endswith("/") and rest:
                continue  # a longer name with the same start
            name = rest.strip("/") or key.rsplit("/", 1)[-1]
            yield _read(store, bucket, key, name)
    except (BotoCoreError, ClientError):
        return


def _read(store: ObjectStore, bucket: str, key: str, name: str) -> OutputFile:
    digest, size, kept = hashlib.sha256(), 0, bytearray()
    keep = name.endswith(_KEPT)
    for chunk in store.client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
        if keep and size <= _KEPT_BYTES:
            kept += chunk
    whole = keep and size <= _KEPT_BYTES
    return OutputFile(name, digest.hexdigest(), size, bytes(kept) if whole else None)
