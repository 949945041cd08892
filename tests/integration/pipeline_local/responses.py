"""What the steps of a run answered, against the table of responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore import xform_name

from pipeline_local.jobs.serving import as_json
from pipeline_schema.response_fields import describing
from pipeline_schema.step_types import step_type
from tests.unit.pipeline_schema.responses import response_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.aws import Aws
    from pipeline_local.runs.run_state import RunState, StepState


def state_problems(state: RunState, aws: Aws) -> Iterator[str]:
    """Yield where a step's properties, or what the API describes of it, are not as they should."""
    for name, step in state.steps.items():
        if str(step.status) == "Succeeded" and step.properties:
            for where, found in (("properties", step.properties), *_described(step, aws)):
                yield from (f"{name}: {where}: {each}" for each in _problems(step, found))


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
