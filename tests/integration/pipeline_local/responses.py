"""What the steps of a run answered, against the table of responses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from pipeline_local.jobs.serving import as_json
from pipeline_local.runs.pipeline_facts import metadata_of
from pipeline_local.runs.run_state import RUNS_FOLDER
from pipeline_local.runs.selection import as_typed
from pipeline_local.steps.output_parameters import OUTPUT_TYPES, type_of
from pipeline_schema.response_fields import describing
from pipeline_schema.step_properties import metadata_shape
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps
from tests.unit.pipeline_schema.responses import response_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.aws import Aws
    from pipeline_local.runs.run_state import RunState, StepState


def state_problems(state: RunState, aws: Aws) -> Iterator[str]:
    """Yield where a step's properties, or what the API describes of it, are not as they should."""
    declared = _declared(state)
    for name, step in state.steps.items():
        if str(step.status) == "Succeeded" and step_type(step.type).outputs:
            yield from (f"{name}: {each}" for each in _output_problems(step, declared[name]))
        if str(step.status) == "Succeeded" and step.properties:
            for where, found in (("properties", step.properties), *_described(step, aws)):
                yield from (f"{name}: {where}: {each}" for each in _problems(step, found))


def _declared(state: RunState) -> dict[str, list[dict[str, Any]]]:
    """Return the outputs that steps of the run's definition declare, those of iterations too."""
    definition = json.loads(
        (Path.cwd() / RUNS_FOLDER / state.run_id / "definition.json").read_text()
    )
    settings = {step["Name"]: step for step in all_steps(definition)}
    found = {}
    for name, step in state.steps.items():
        own = settings.get(name) or settings.get(name.rpartition("-")[0]) or {}
        found[name] = own.get(step_type(step.type).outputs) or []
    return found


def _output_problems(step: StepState, declared: list[dict[str, Any]]) -> Iterator[str]:
    """Yield where outputs are not those declared, or the API answers others."""
    row = step_type(step.type)
    answered = step.properties[row.outputs]
    if answered.keys() != {each["OutputName"] for each in declared}:
        yield f"outputs: {sorted(answered)}, where {declared} are declared"
    for each in declared:
        value, kinds = answered[each["OutputName"]], OUTPUT_TYPES[type_of(each)]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            yield f"{each['OutputName']}: {value!r} is not of type {type_of(each)}"
    facts = metadata_of(step)[row.metadata]
    told = {each["Name"]: each["Value"] for each in facts.get(row.outputs, ())}
    if told != {name: as_typed(value) for name, value in answered.items()}:
        yield f"metadata: {told}, where the properties are {answered}"
    for name in metadata_shape(row).keys() - {row.outputs}:
        if not facts.get(name):
            yield f"metadata: {name} has no value"


def _problems(step: StepState, found: dict[str, Any]) -> Iterator[str]:
    row = step_type(step.type)
    if row.properties_shape:
        yield from response_problems(step.type, step.arguments, found)
    for name in sorted(row.properties):
        if found.get(name) is None:
            yield f"{name}: has no value"


def _described(step: StepState, aws: Aws) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what the API answers of the step's job or object, if it still exists."""
    row, operation = step_type(step.type), describing(step.type)
    if not operation or step.reused_from:
        return
    client: Any = aws.client("sagemaker")
    member = row.named_by_service or "ModelPackageName"
    name = step.properties[row.named_by_service or row.arn]
    yield operation, as_json(getattr(client, xform_name(operation))(**{member: name}))
