"""The outputs that a Lambda or Callback step declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_schema.known_fields import unknown_fields
from pipeline_schema.step_types import step_type
from pipeline_schema.values import as_list, with_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

OUTPUT_TYPES: dict[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Boolean": (bool,),
    "Float": (int, float),
}


def output_problems(step: Step) -> Iterator[str]:
    """Validate the declared outputs of a step."""
    field = step_type(step.type).outputs
    seen: list[object] = []
    declared = step.settings.get(field)
    if declared is not None and not isinstance(declared, list):
        yield f"{field}: is {with_article(declared)}, not a list"
    for index, output in enumerate(as_list(declared)):
        where = f"{field}[{index}]"
        if not isinstance(output, dict):
            yield f"{where}: is {with_article(output)}, not an object"
            continue
        yield from unknown_fields("an output", output, where)
        name, kind = output.get("OutputName"), type_of(output)
        if not isinstance(name, str):
            yield f"{where}.OutputName: is missing"
        elif name in seen:
            yield f"{where}.OutputName: two outputs are named {name!r}"
        seen.append(name)
        if kind not in list(OUTPUT_TYPES):
            yield f"{where}.OutputType: {kind!r} is not one of {', '.join(OUTPUT_TYPES)}"


def type_of(output: JsonObject) -> Any:
    """Return the declared type of an output, which the published schema of definitions lets out."""
    return output.get("OutputType", "String")
