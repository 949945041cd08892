"""Validation of values against the shapes of the API's model.

Other than botocore's own validator it checks enumerations, patterns and bounds, too. An expression
is checked by what is known of its value.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from pipeline_schema.api_model import request_shape
from pipeline_schema.expressions import FUNCTIONS, is_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    import regex

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


_Parameters: TypeAlias = dict[Any, dict[str, Any]]
_WHOLE = ("structure", "map", "list")


# The member by which the elements of a list are told apart. Metrics may share a name.
_NAMES = ("ContainerHostname", "DefinitionName")
_SHARED = frozenset({"MetricDefinition"})


class _Unknown:
    """A value that only a run can tell."""


def member_problems(operation: str, member: str, value: Any, where: str) -> list[str]:
    """List what the API would refuse in one member of a request."""
    return [*shape_problems(value, request_shape(operation).members[member], where, {})]


def shape_problems(
    value: Any, shape: Any, path: str, parameters: _Parameters | None
) -> Iterator[str]:
    """Yield what the API would refuse in a value.

    `parameters` are those of the definition; None stands for a request that has no expressions.
    """
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
        elif shape.type_name not in ("boolean", "timestamp", "blob"):
            yield from _size_problems(concrete, shape, path, "")


def _container_problems(
    value: Any, shape: Any, path: str, parameters: _Parameters | None
) -> Iterator[str]:
    yield from _size_problems(len(value), shape, path, "entries")
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from shape_problems(item, shape.member, f"{path}[{number}]", parameters)
        yield from _name_problems(value, shape.member, path)
        return
    for key, item in value.items():
        yield from shape_problems(key, shape.key, f"{path}.{key} (the key)", parameters)
        yield from shape_problems(item, shape.value, f"{path}.{key}", parameters)


def _name_problems(items: list[Any], shape: Any, path: str) -> Iterator[str]:
    """Yield a line for each element of a list that has the name of an earlier one."""
    if shape.type_name != "structure" or shape.name in _SHARED:
        return
    required = (each for each in shape.required_members if each.endswith(("Name", "Key")))
    name = next((each for each in (*required, *_NAMES) if each in shape.members), None)
    seen = set()
    for number, item in enumerate(items):
        given = item.get(name) if isinstance(item, dict) else None
        if isinstance(given, str) and given in seen:
            yield f"{path}[{number}].{name}: {given!r} is the name of another; names are unique"
        seen.add(str(given))


def _concrete_values(value: Any, parameters: _Parameters | None) -> list[Any]:
    """Return the possible values of an expression; a plain value is itself."""
    if parameters is None or not is_expression(value) or not {"Get", *FUNCTIONS} & value.keys():
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
    value: dict[str, Any], shape: Any, path: str, parameters: _Parameters | None
) -> Iterator[str]:
    start = f"{path}." if path else ""
    for name in shape.required_members:
        if name not in value:
            yield f"{start}{name}: is missing"
    for name, item in value.items():
        if name in shape.members:
            yield from shape_problems(item, shape.members[name], f"{start}{name}", parameters)
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
