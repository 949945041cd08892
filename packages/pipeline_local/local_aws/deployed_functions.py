"""Functions and layers that stacks or people created through Lambda's API, ready to run."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from pipeline_local.aws.functions import FunctionTarget


def deployed_function(account: str, region: str, name: str, kept: Path) -> FunctionTarget | None:
    """Return a function of moto's memory by name or ARN, its code unpacked below `kept`."""
    from moto.awslambda.models import lambda_backends

    backend = lambda_backends[account][region]
    found = next(
        (
            each
            for each in backend.list_functions()
            if name in {each.function_name, each.function_arn}
        ),
        None,
    )
    if found is None or not found.code_bytes or not str(found.run_time).startswith("python"):
        return None
    layers = [
        version.code_bytes
        for each in found.layers
        if (version := backend.layers_versions_by_arn(each["Arn"])) is not None
    ]
    return FunctionTarget(
        folder=_unpacked([found.code_bytes], kept),
        handler=found.handler,
        environment=dict(found.environment_vars or {}),
        name=found.function_name,
        timeout_seconds=int(found.timeout),
        memory_megabytes=int(found.memory_size),
        layers=_unpacked(layers, kept) if layers else None,
    )


def _unpacked(archives: list[Any], kept: Path) -> Path:
    """Unpack archives over each other into a folder that their content names."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in archives))
    folder = kept / f"zip-{digest.hexdigest()}"
    if not folder.exists():
        kept.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=kept, prefix="."))
        for each in archives:
            with zipfile.ZipFile(io.BytesIO(each)) as archive:
                archive.extractall(beside)
        beside.rename(folder)
    return folder
