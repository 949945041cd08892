"""Inputs of a run: values of its parameters, and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.runs import input_data, revision, selection
from pipeline_schema.parameters import bind_parameters

if TYPE_CHECKING:
    from pipeline_local.runs.observer import Observer
    from pipeline_local.runs.project import Project
    from pipeline_local.runs.run_state import RunState
    from pipeline_local.runs.runner import RunRequest
    from pipeline_local.runs.sources import Source
    from pipeline_schema.definition import Definition
    from pipeline_schema.values import Json, JsonObject


def bound(definition: Definition, given: dict[str, str], base: RunState | None) -> dict[str, Json]:
    """Return the values of all parameters: given, else of the base run, else the default."""
    earlier = base.parameters if base else {}
    kept = {
        name: selection.as_typed(value)
        for name, value in earlier.items()
        if name in definition.parameters
    }
    return dict(bind_parameters(definition.parameters, {**kept, **given}))


def find_data(
    request: RunRequest,
    source: Source,
    definition: Definition,
    project: Project,
    observer: Observer,
) -> JsonObject:
    """Resolve the data set, unless the user or a definition file names its location in S3."""
    if not input_data.takes_data(definition):
        if request.data is not None:
            raise MlopsError(
                f"--data: pipeline {definition.name} has no {input_data.LOCATION}; the tables of a"
                " query are given with --table DATABASE.TABLE=PATH"
            )
        return {}
    says_where = input_data.LOCATION in request.parameters or source.assembly is None
    if request.data is None and says_where:
        return {}
    place = definition.parameters[input_data.LOCATION].default
    name = input_data.name_of(place) if isinstance(place, str) else None
    found = project.find_data(request.data, name, observer.say)
    return {**found.facts(), "path": str(found.path.resolve())}


def filled_in(
    request: RunRequest, definition: Definition, version: str | None, project: Project
) -> dict[str, str]:
    """Add values of the parameters that describe a run, where the user gave none."""
    known = {
        revision.PARAMETER: revision.git_revision(project.root),
        input_data.VERSION: version,
    }
    described = {
        name: value for name, value in known.items() if value and name in definition.parameters
    }
    return {**described, **request.parameters}
