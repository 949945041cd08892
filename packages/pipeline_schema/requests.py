"""Validation of every step's arguments against the API's own model.

Placeholders of a definition must be filled before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_schema.absent import without_nulls
from pipeline_schema.api_model import request_shape
from pipeline_schema.model_cards import card_problems
from pipeline_schema.request_fields import refusals
from pipeline_schema.shape_values import shape_problems
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.definition import Step
    from pipeline_schema.step_type import StepType


def value_problems(step: Step) -> list[str]:
    """List what the API, or this machine, refuses in a step whose values are known."""
    document = {"Name": step.name, "Type": step.type, "Arguments": step.arguments}
    return [*request_problems({"Steps": [document]}), *refusals(step)]


def request_problems(definition: dict[str, Any]) -> list[str]:
    """List what the API would refuse in the steps' arguments."""
    parameters = {item.get("Name"): item for item in definition.get("Parameters") or []}
    problems = []
    for step in all_steps(definition):
        row = step_type(step.get("Type"))
        arguments = step.get("Arguments")
        if not row.operation and not row.parts:
            continue
        if not isinstance(arguments, dict):
            problems.append(f"step {step.get('Name')}: Arguments: must be a request")
            continue
        for where, operation, request in _requests_of(row, arguments):
            shape = request_shape(operation)
            given = without_nulls(request, shape)
            found = [*shape_problems(given, shape, where, parameters)]
            found += card_problems(operation, request)
            problems += [f"step {step.get('Name')}: {problem}" for problem in found]
    return problems


def _requests_of(row: StepType, arguments: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield place, operation and content of the requests in the arguments of a step."""
    if row.operation:
        named = {row.named_by_service: "given-by-the-service"} if row.named_by_service else {}
        yield "", row.operation, {**named, **arguments}
    for part, operation in row.parts.items():
        listed = arguments.get(part)
        for number, request in enumerate(listed if isinstance(listed, list) else ()):
            yield f"{part}[{number}]", operation, request
