"""Models that another step of the definition makes, as a Transform or ClarifyCheck serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.image_programs.payloads import REQUESTS, media_type
from pipeline_local.jobs.containers import source_problem
from pipeline_local.jobs.serving import PROGRAM, SUBMIT_DIRECTORY
from pipeline_local.steps.model import containers_in
from pipeline_local.steps.processing import known_image
from pipeline_schema.expressions import ExpressionError, is_expression, parse_reference
from pipeline_schema.parameters import known_text
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.values import JsonObject

_NAME, _VARIABLES = "ModelName", (PROGRAM, SUBMIT_DIRECTORY)


def problems(definition: Definition, step: Step) -> Iterator[str]:
    """Validate the model of a step, where another one makes it."""
    name = step.arguments.get(_NAME, step.settings.get(_NAME))
    made = _made(definition, name)
    if made is None:
        return
    # What is no container is reported with the step that makes the model.
    found = containers_in(made.arguments)
    containers = {where: each for where, each in found.items() if isinstance(each, dict)}
    if len(containers) > 1 and _NAME in step.settings:
        count = len(containers)
        yield f"{_NAME}: the model of {made.name} has {count} containers, where one can serve"
    for number, (where, container) in enumerate(containers.items()):
        isolated = made.arguments.get("EnableNetworkIsolation") is True
        for problem in _container_problems(container, isolated=isolated):
            yield f"{_NAME}: the model of {made.name}: {where}: {problem}"
        if number == 0 and _is_algorithm(container):
            yield from _type_problems(step)


def _made(definition: Definition, name: object) -> Step | None:
    """Return the step whose model has a name, or None."""
    if not is_expression(name) or "Get" not in name:
        return None
    try:
        reference = parse_reference(name["Get"])
    except ExpressionError:
        return None
    step = definition.steps.get(reference.step)
    makes = step is not None and step_type(step.type).named_by_service == _NAME
    return step if makes and reference.path == (_NAME,) else None


def _container_problems(container: JsonObject, *, isolated: bool) -> Iterator[str]:
    image = known_image(container.get("Image"))
    program, source = (member_at(container, ("Environment", name)) for name in _VARIABLES)
    if image and not image.serving:
        yield f"Image: {image.repository} serves no models"
    elif image and not (program or image.algorithm):
        yield f"Environment.{PROGRAM}: is missing, and {image.repository} has no own algorithm"
    if problem := source_problem(SUBMIT_DIRECTORY, known_text(source, {}), isolated=isolated):
        yield f"Environment.{problem}"


def _is_algorithm(container: JsonObject) -> bool:
    image = known_image(container.get("Image"))
    return bool(image and image.algorithm and not member_at(container, ("Environment", PROGRAM)))


def _type_problems(step: Step) -> Iterator[str]:
    """Validate what the algorithm is sent; without a type it takes libsvm."""
    kind = member_at(step.arguments, ("TransformInput", "ContentType"))
    if isinstance(kind, str) and kind and media_type(kind) not in REQUESTS:
        known = ", ".join(REQUESTS)
        yield f"TransformInput.ContentType: {kind!r} is none that the algorithm reads: {known}"
