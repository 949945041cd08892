"""Model steps: what a CreateModel call needs here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.steps.processing import image_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.definition import Step

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
