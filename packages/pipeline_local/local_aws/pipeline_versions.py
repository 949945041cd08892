"""Versions of a pipeline: each creation and each update makes one; moto keeps the newest only.

Source: SageMaker API Reference, UpdatePipeline and ListPipelineVersions.
"""

from __future__ import annotations

from typing import Any

from pipeline_local.local_aws import determinism


def add(pipeline: Any) -> int:
    """Keep the present definition as a new version."""
    version = {
        "PipelineDefinition": pipeline.pipeline_definition,
        "RoleArn": pipeline.role_arn,
        "CreationTime": determinism.now(),
    }
    pipeline.versions = [*_all(pipeline), version]
    return len(pipeline.versions)


def newest(pipeline: Any) -> int:
    """Return the id of the newest version."""
    return len(_all(pipeline))


def find(pipeline: Any, version: int) -> dict[str, Any]:
    """Return a version; raise moto's ResourceNotFound if there is none."""
    from moto.sagemaker.exceptions import ResourceNotFound

    known = _all(pipeline)
    if not 0 < version <= len(known):
        raise ResourceNotFound(f"Pipeline {pipeline.arn} has no version {version}.")
    return known[version - 1]


def summaries(pipeline: Any) -> list[dict[str, Any]]:
    """List all versions, oldest first, as ListPipelineVersions does."""
    return [
        {
            "PipelineArn": pipeline.arn,
            "PipelineVersionId": number,
            "CreationTime": version["CreationTime"],
        }
        for number, version in enumerate(_all(pipeline), start=1)
    ]


def _all(pipeline: Any) -> list[dict[str, Any]]:
    known: list[dict[str, Any]] = getattr(pipeline, "versions", [])
    return known
