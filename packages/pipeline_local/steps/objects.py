"""Steps that make one object of the service: model, endpoint configuration, endpoint.

Source: sagemaker-python-sdk, `EndpointStep` ("the pipeline chooses create-vs-update based on
endpoint existence"), `EndpointConfigStep`, `InferenceComponentStep`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.serving import as_json
from pipeline_local.jobs.work import StepFailed
from pipeline_schema import graph
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.values import JsonObject

# What a description does not repeat, or in another form.
_UNCOMPARED = ("Tags", "RuntimeConfig", "DeploymentConfig")


def no_problems(_step: Step) -> Iterator[str]:
    """Find nothing wrong beyond what the model of the request says."""
    yield from ()


def problems(definition: Definition, step: Step) -> Iterator[str]:
    """Refuse the name of an earlier step's object, of which there would be two."""
    member = step_type(step.type).named_by_service
    name = step.arguments.get(member)
    here = graph.branches(definition, step.name)
    for other in definition.steps.values():
        if other.name == step.name:
            return
        there = graph.branches(definition, other.name)
        apart = any(here.get(each, outcome) != outcome for each, outcome in there.items())
        if isinstance(name, str) and not apart and other.type == step.type:
            same = other.arguments.get(member) == name
            if same and not _answers(other.arguments, step.arguments):
                yield f"{member}: step {other.name} makes another one of the name {name!r}"


def make(work: Work) -> JsonObject:
    """Create the object, unless that was done before a kill, and return its description."""
    name, found, _ = _found(work)
    if not _answers(found, work.arguments):
        kind = step_type(work.step.type).resource
        raise StepFailed(
            f"ClientError: {name}: there is another {kind} of that name already; "
            "delete it, or leave the name to the service"
        )
    return found


def make_or_update(work: Work) -> JsonObject:
    """Create the object, or give that of its name the content of the request."""
    _, found, create = _found(work)
    if _answers(found, work.arguments):
        return found
    create()
    return _found(work)[1]


def _found(work: Work) -> tuple[str, JsonObject, Callable[[], Any]]:
    """Return the name of the object, its description, and what creates it anew."""
    from botocore import xform_name
    from botocore.exceptions import ClientError

    row, client = step_type(work.step.type), work.run.client("sagemaker")
    named = {row.named_by_service: work.arguments.get(row.named_by_service) or work.job_name}
    request = {**work.arguments, **named}
    kind = row.operation.removeprefix("Create")
    create = getattr(client, xform_name(row.operation))
    describe = getattr(client, xform_name(f"Describe{kind}"))
    try:
        found = describe(**named)
    except ClientError:
        create(**request)
        found = describe(**named)
    shown = f"{row.named_by_service} {named[row.named_by_service]}"
    work.log.parent.mkdir(parents=True, exist_ok=True)
    work.log.write_text(f"{shown}: {row.result or 'created'}\n")
    return shown, as_json(found), lambda: create(**request)


def _answers(found: JsonObject, asked: JsonObject) -> bool:
    return all(_has(found.get(k), item) for k, item in asked.items() if k not in _UNCOMPARED)


def _has(found: Any, wanted: Any) -> bool:
    """Return whether a description has what a request wants; it may have more."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_has(found.get(name), item) for name, item in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(found) == len(wanted) and all(map(_has, found, wanted))
    return bool(found == wanted)
