"""What tests ask of the table of responses."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline_schema.api_model import request_shape, service_model
from pipeline_schema.response_fields import (
    ASKED,
    AT_END,
    AT_START,
    MADE,
    NEVER,
    describing,
    response_table,
)
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
}


def response_shape(operation: str) -> Any:
    """Return the model of an operation's response."""
    return service_model().operation_model(operation).output_shape


def made_by(kind: str) -> set[str]:
    """Return the members that a step's job or object gives a value before anything notes times."""
    return {name for name, text in response_table()[describing(kind)].items() if _is_made(text)}


def _is_made(judgement: Any) -> bool:
    if isinstance(judgement, dict):
        return any(map(_is_made, judgement.values()))
    return bool(judgement == MADE)


def request_form(operation: str) -> dict[str, str]:
    """Return the members that request and response have in one form, and their shapes' names."""
    request = request_shape(operation.replace("Describe", "Create")).members
    response = response_shape(operation).members
    return {
        name: shape.name
        for name, shape in response.items()
        if name in request and (request[name].name == shape.name or _alike(request[name], shape))
    }


def _alike(first: Any, second: Any) -> bool:
    """Return whether two shapes are plain values of one type; their patterns may differ."""
    plain = first.type_name not in ("structure", "list", "map")
    return plain and first.type_name == second.type_name


def paths(judgement: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path and the kind of each verdict."""
    if isinstance(judgement, str):
        yield before, judgement.partition(": ")[0]
    else:
        for name, inner in judgement.items():
            yield from paths(inner, (*before, name))


def has_type(value: Any, shape: Any) -> bool:
    """Return whether a value is of a shape; times are text in a run, and times from a client."""
    if shape.type_name == "timestamp":
        return isinstance(
            datetime.fromisoformat(value) if isinstance(value, str) else value, datetime
        )
    if type(value) is bool and shape.type_name != "boolean":
        return False
    if not isinstance(value, _TYPES[shape.type_name]):
        return False
    if isinstance(value, dict):
        inner = dict.fromkeys(value, shape.value) if shape.type_name == "map" else shape.members
        return all(has_type(item, inner[name]) for name, item in value.items())
    if isinstance(value, list):
        return all(has_type(each, shape.member) for each in value)
    return value in (getattr(shape, "enum", None) or [value])


def values_at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield what stands at a path, of each element of lists on it; None where nothing does."""
    for number, part in enumerate(path):
        if isinstance(value, list):
            for each in value:
                yield from values_at(each, path[number:])
            return
        value = value.get(part) if isinstance(value, dict) else None
    yield value


def response_problems(kind: str, arguments: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Yield where the response of a step that succeeded is not as the table says."""
    operation = describing(kind)
    shape = response_shape(operation)
    known = {name: item for name, item in found.items() if name in shape.members}
    for name, item in known.items():
        if not has_type(item, shape.members[name]):
            yield f"{name}: {item!r} is no {shape.members[name].name}"
    unnamed = not arguments.get("TrainingJobDefinition", {}).get("DefinitionName", "")
    for path, judged in paths(response_table()[operation]):
        if unnamed and path[-1] == "TrainingJobDefinitionName":  # refused as a property, too
            continue
        values = list(values_at(known, path))
        if judged in (MADE, AT_START, AT_END) and None in values:
            yield f"{'.'.join(path)}: has no value"
        if judged == NEVER and any(each is not None for each in values):
            yield f"{'.'.join(path)}: has a value: {values!r}"
        if judged == ASKED and values != list(values_at(arguments, path)):
            yield f"{'.'.join(path)}: {values!r} is not what was asked for"
    for name in request_form(operation).keys() & arguments.keys():
        if name != step_type(kind).named_by_service and not _has(known.get(name), arguments[name]):
            yield f"{name}: {known.get(name)!r} is not what was asked for"


def _has(found: Any, wanted: Any) -> bool:
    try:
        if isinstance(wanted, dict):
            return all(_has(found.get(name), item) for name, item in wanted.items())
        if isinstance(wanted, list):
            return len(found) == len(wanted) and all(map(_has, found, wanted))
    except (AttributeError, TypeError):
        return False
    return bool(found == wanted)
