"""Model steps: one CreateModel call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.serving import as_json
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps.processing import image_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject


_CONTAINERS = ("PrimaryContainer", "Containers")


def problems(step: Step) -> Iterator[str]:
    """Validate a Model step."""
    request = step.arguments
    if all(request.get(part) for part in _CONTAINERS):
        yield "PrimaryContainer: is refused beside Containers; name one of the two"
    listed = request.get("Containers")
    places = {f"Containers[{number}]": each for number, each in enumerate(listed or ())}
    for where, container in (
        places or {"PrimaryContainer": request.get("PrimaryContainer")}
    ).items():
        if not isinstance(container, dict) or not {"Image", "ModelPackageName"} & container.keys():
            yield f"{where}: has neither Image nor ModelPackageName"
            continue
        yield from image_problems(container.get("Image"))


def run(work: Work) -> JsonObject:
    """Create the model, unless that was done before a kill, and return its description."""
    from botocore.exceptions import ClientError

    client = work.run.client("sagemaker")
    request = {"ModelName": work.job_name, **work.arguments}
    name = request["ModelName"]
    try:
        found = as_json(client.describe_model(ModelName=name))
    except ClientError:
        client.create_model(**request)
        found = as_json(client.describe_model(ModelName=name))
    given = [part for part in _CONTAINERS if part in request]
    if not all(_answers(found.get(part), request[part]) for part in given):
        raise StepFailed(
            f"ClientError: ModelName: there is a model {name} with other containers already; "
            "delete it, or leave the name to the service"
        )
    return found


def _answers(found: Any, wanted: Any) -> bool:
    """Return whether a description has what a request wants; it may have more."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_answers(found.get(name), item) for name, item in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(found) == len(wanted) and all(map(_answers, found, wanted))
    return bool(found == wanted)
