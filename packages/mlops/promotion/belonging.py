"""The model project whose batches a model scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from mlops.registry import Registry
    from pipeline_definitions.model_project import ModelProject


def project_of(registry: Registry, group: str) -> ModelProject:
    """Find the project of a model package group, by its full name; it has a batch pipeline."""
    project = registry.projects.of_group(group)
    if project is not None and project.batch:
        return project
    known = ", ".join(registry.projects.groups()) or "none"
    raise MlopsError(
        f"{group} has no batch pipeline to be promoted into: the pipeline that trains it declares"
        f" one in its PROJECT (docs/customise.md); groups that have one: {known}"
    )


def only_project(registry: Registry) -> ModelProject:
    """Return the one project that has a batch pipeline."""
    groups = registry.projects.groups()
    if len(groups) != 1:
        known = ", ".join(groups) or "none has a batch pipeline"
        raise MlopsError(f"say whose model it is: --group; groups: {known}")
    return project_of(registry, groups[0])
