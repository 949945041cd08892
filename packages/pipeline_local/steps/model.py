"""Model steps: what a CreateModel call needs here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.steps.processing import image_problems
from pipeline_schema.values import as_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_CONTAINERS = ("PrimaryContainer", "Containers")


def problems(step: Step) -> Iterator[str]:
    """Validate a Model step."""
    request = step.arguments
    if all(request.get(part) for part in _CONTAINERS):
        yield "PrimaryContainer: is refused beside Containers; name one of the two"
    for where, container in containers_in(request).items():
        if not isinstance(container, dict) or not {"Image", "ModelPackageName"} & container.keys():
            yield f"{where}: has neither Image nor ModelPackageName"
            continue
        yield from image_problems(container.get("Image"))


def containers_in(request: JsonObject) -> dict[str, Any]:
    """Return the containers of a request, by their places in it."""
    listed = enumerate(as_list(request.get("Containers")))
    several = {f"Containers[{number}]": each for number, each in listed}
    return several or {"PrimaryContainer": request.get("PrimaryContainer")}
