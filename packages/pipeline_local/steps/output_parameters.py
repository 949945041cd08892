"""The outputs that a Lambda or Callback step declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_schema.step_types import step_type
from pipeline_schema.values import as_list, with_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.definition import Step

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
    given = step.settings.get(field)
    if given is not None and not isinstance(given, list):
        yield f"{field}: is {with_article(given)}, not a list"
    for index, output in enumerate(as_list(given)):
        where = f"{field}[{index}]"
        if not isinstance(output, dict):
            yield f"{where}: is {with_article(output)}, not an object"
            continue
        name, kind = output.get("OutputName"), output.get("OutputType")
        if not isinstance(name, str):
            yield f"{where}.OutputName: is missing"
        elif name in seen:
            yield f"{where}.OutputName: two outputs are named {name!r}"
        seen.append(name)
        if kind not in list(OUTPUT_TYPES):
            yield f"{where}.OutputType: {kind!r} is not one of {', '.join(OUTPUT_TYPES)}"
