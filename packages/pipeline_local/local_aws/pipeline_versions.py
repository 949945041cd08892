"""Pipelines in moto's memory, and their versions, of which moto keeps the newest only."""

from __future__ import annotations

from typing import Any

from pipeline_local.local_aws import determinism


def pipeline_of(pipelines: dict[str, Any], name: str) -> Any:
    """Find a pipeline by its name or its ARN; moto knows the name only."""
    from moto.sagemaker.exceptions import ResourceNotFound

    short = name.rsplit("/", 1)[-1] if name.startswith("arn:") else name
    if short not in pipelines:
        raise ResourceNotFound(f"Pipeline '{name}' does not exist.")
    return pipelines[short]


def versions_of(pipeline: Any) -> list[dict[str, Any]]:
    """Return all versions: each creation and each update makes one; moto keeps the newest only."""
    known: list[dict[str, Any]] = getattr(pipeline, "versions", [])
    return known


def add_version(pipeline: Any) -> int:
    """Keep what a pipeline is now as its newest version; return its number."""
    version = {
        "PipelineDefinition": pipeline.pipeline_definition,
        "RoleArn": pipeline.role_arn,
        "CreationTime": determinism.now(),
    }
    pipeline.versions = [*versions_of(pipeline), version]
    return len(pipeline.versions)


def find_version(pipeline: Any, version: int) -> dict[str, Any]:
    """Return a version by its number."""
    from moto.sagemaker.exceptions import ResourceNotFound

    known = versions_of(pipeline)
    if not 0 < version <= len(known):
        raise ResourceNotFound(f"Pipeline {pipeline.arn} has no version {version}.")
    return known[version - 1]
