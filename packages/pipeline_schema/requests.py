"""Validation of every step's arguments against the API's own model.

Other than botocore's own validator it checks enumerations, patterns and bounds, too. An expression
is checked by what is known of its value. Placeholders of a definition must be filled before.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline_schema.absent import without_nulls
from pipeline_schema.api_model import request_shape
from pipeline_schema.expressions import FUNCTIONS, is_expression
from pipeline_schema.request_fields import refusals
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    import regex

    from pipeline_schema.definition import Step
    from pipeline_schema.step_type import StepType

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "float": (int, float),
    "double": (int, float),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}


_WHOLE = ("structure", "map", "list")


class _Unknown:
    """A value that only a run can tell."""


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
            found = _problems(without_nulls(request, shape), shape, where, parameters)
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


def _problems(
    value: Any, shape: Any, path: str, parameters: dict[Any, dict[str, Any]]
) -> Iterator[str]:
    for concrete in _concrete_values(value, parameters):
        if isinstance(concrete, _Unknown):
            if shape.type_name in _WHOLE:
                yield f"{path}: is an expression, which has one value, and no {shape.type_name}"
            continue
        if not _has_type(concrete, shape.type_name):
            yield f"{path}: {_shown(concrete)} is not of type {shape.type_name}"
        elif shape.type_name == "structure":
            yield from _structure_problems(concrete, shape, path, parameters)
        elif shape.type_name in ("map", "list"):
            yield from _container_problems(concrete, shape, path, parameters)
        elif shape.type_name == "string":
            yield from _text_problems(concrete, shape, path)
        elif shape.type_name != "boolean":
            yield from _size_problems(concrete, shape, path, "")


def _container_problems(
    value: Any, shape: Any, path: str, parameters: dict[Any, dict[str, Any]]
) -> Iterator[str]:
    yield from _size_problems(len(value), shape, path, "entries")
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _problems(item, shape.member, f"{path}[{number}]", parameters)
        return
    for key, item in value.items():
        yield from _problems(key, shape.key, f"{path}.{key} (the key)", parameters)
        yield from _problems(item, shape.value, f"{path}.{key}", parameters)


def _concrete_values(value: Any, parameters: dict[Any, dict[str, Any]]) -> list[Any]:
    """Return the possible values of an expression; a plain value is itself."""
    if not is_expression(value) or not {"Get", *FUNCTIONS} & value.keys():
        return [value]
    target = value.get("Get")
    if isinstance(target, str) and target.startswith("Parameters."):
        parameter = parameters.get(target.removeprefix("Parameters."))
        if parameter is None:
            return [_Unknown()]
        known = [parameter["DefaultValue"]] if "DefaultValue" in parameter else []
        samples = {"String": "text", "Integer": 1, "Float": 1.0, "Boolean": True}
        sample = samples.get(str(parameter.get("Type", "String")), _Unknown())
        return [*known, *(parameter.get("EnumValues") or [])] or [sample]
    return [_JoinedText("text") if "Std:Join" in value else _Unknown()]


class _JoinedText(str):
    """Some text, of which only the type is known."""

    __slots__ = ()


def _has_type(value: Any, type_name: str) -> bool:
    if isinstance(value, bool) and type_name != "boolean":
        return False
    return isinstance(value, _PYTHON_TYPES.get(type_name, (object,)))


def _structure_problems(
    value: dict[str, Any], shape: Any, path: str, parameters: dict[Any, dict[str, Any]]
) -> Iterator[str]:
    start = f"{path}." if path else ""
    for name in shape.required_members:
        if name not in value:
            yield f"{start}{name}: is missing"
    for name, item in value.items():
        if name in shape.members:
            yield from _problems(item, shape.members[name], f"{start}{name}", parameters)
        else:
            yield f"{start}{name}: is not a field of {shape.name}"


def _text_problems(text: str, shape: Any, path: str) -> Iterator[str]:
    if isinstance(text, _JoinedText):
        return
    if shape.enum and text not in shape.enum:
        yield f"{path}: {_shown(text)} is not one of {', '.join(shape.enum[:8])}" + (
            " …" if len(shape.enum) > 8 else ""  # noqa: PLR2004 - as many as a line holds
        )
        return
    yield from _size_problems(len(text), shape, path, "characters")
    pattern = shape.metadata.get("pattern")
    compiled = _pattern(pattern) if pattern else None
    if compiled is not None and not compiled.fullmatch(text):
        yield f"{path}: {_shown(text)} does not match {pattern}"


@cache
def _pattern(pattern: str) -> regex.Pattern[str] | None:
    """Compile a pattern of the model, written for Java: `regex` knows its Unicode classes."""
    import regex

    try:
        return regex.compile(pattern)
    except regex.error:
        # One pattern spells UTF-16 surrogates, which stand for no character in Python.
        return None


def _size_problems(size: float, shape: Any, path: str, unit: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield f"{path}: {size} {unit} is below the minimum of {low}".replace("  ", " ")
    if high is not None and size > high:
        yield f"{path}: {size} {unit} is above the maximum of {high}".replace("  ", " ")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"  # noqa: PLR2004 - as much as a line holds
