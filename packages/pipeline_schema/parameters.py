"""Pipeline parameters: their types, defaults, allowed values, and values of a run."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from mlops_common.errors import MlopsError
from pipeline_schema.expressions import is_expression
from pipeline_schema.known_fields import NAME, NAME_RULE, text_problems
from pipeline_schema.values import as_list, kind_of
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline_schema.values import Json

Value: TypeAlias = "str | int | float | bool"

PARAMETER_TYPES = ("String", "Integer", "Float", "Boolean")
# As JSON writes them: Python's own reading takes spaces, underscores and digits of any script.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(rf"{_INTEGER.pattern}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a pipeline."""

    name: str
    type: str
    default: Value | None = None
    allowed: tuple[Value, ...] = ()

    def problems(self) -> Iterator[str]:
        """Yield the problems of the declaration."""
        where = f"parameter {self.name}"
        if not NAME.fullmatch(self.name):
            yield f"{where}: Name: {NAME_RULE}"
        if isinstance(self.default, str):
            texts = text_problems({"DefaultValue": self.default}, "DefaultValue")
            yield from (f"{where}: {line}" for line in texts)
        if self.type not in PARAMETER_TYPES:
            yield f"{where}: Type: {self.type!r} is not one of {', '.join(PARAMETER_TYPES)}"
        elif self.default is not None and not self.accepts_type_of(self.default):
            yield f"{where}: DefaultValue: {self.default!r} is not of type {self.type}"
        elif self.allowed and self.default is not None and self.default not in self.allowed:
            yield f"{where}: DefaultValue: {self.default!r} is not among its EnumValues"
        else:
            for value in self.allowed:
                if not self.accepts_type_of(value):
                    yield f"{where}: EnumValues: {value!r} is not of type {self.type}"

    def accepts_type_of(self, value: object) -> bool:
        """Return whether a JSON value has the parameter's type; an Integer is also a Float."""
        kind = kind_of(value)
        return kind == self.type or (self.type == "Float" and kind == "Integer")

    def read(self, text: str) -> Value:
        """Convert the user's text to the parameter's type."""
        value: Value | None = text
        try:
            if self.type == "Integer":
                value = int(text) if _INTEGER.fullmatch(text) else None
            elif self.type == "Float":
                number = float(text) if _FLOAT.fullmatch(text) else math.nan
                value = number if math.isfinite(number) else None
            elif self.type == "Boolean":
                value = _TRUTH.get(text.lower())
        except ValueError:
            value = None
        if value is None:
            raise MlopsError(f"parameter {self.name}: {text!r} is not of type {self.type}")
        if self.allowed and value not in self.allowed:
            allowed = ", ".join(map(str, self.allowed))
            raise MlopsError(f"parameter {self.name}: {text!r} is not one of {allowed}")
        return value


def parse_assignments(assignments: Sequence[str], option: str = "--parameter") -> dict[str, str]:
    """Split `NAME=VALUE` texts, which were given with an option."""
    given: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise MlopsError(f"{option} {assignment!r}: write it as NAME=VALUE")
        given[name] = value
    return given


def bind_parameters(
    declared: Mapping[str, Parameter], given: Mapping[str, str]
) -> dict[str, Value]:
    """Return the value of every parameter of a run."""
    for name in sorted(set(given) - set(declared)):
        known = ", ".join(declared) or "none"
        raise MlopsError(f"parameter {name}: the pipeline has none of that name; it has: {known}")
    values: dict[str, Value] = {}
    for name, parameter in declared.items():
        value = parameter.read(given[name]) if name in given else parameter.default
        if value is None:
            raise MlopsError(f"parameter {name}: has no default; give --parameter {name}=VALUE")
        values[name] = value
    return values


def put_values(value: Any, parameters: Mapping[str, Json]) -> Any:
    """Replace the parameters in a request by their values."""
    if isinstance(value, dict):
        name = str(value.get("Get", "")).removeprefix("Parameters.")
        if is_expression(value) and name in parameters:
            return parameters[name]
        return {key: put_values(item, parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [put_values(item, parameters) for item in value]
    return value


def known_text(value: Any, parameters: Mapping[str, Json]) -> str:
    """Return the leading part of a text that constants and parameters determine."""
    if not is_expression(value):
        return value if isinstance(value, str) else ""
    ((function, argument),) = value.items()
    if function == "Get":
        return str(parameters.get(str(argument).removeprefix("Parameters."), ""))
    if function != "Std:Join":
        return ""
    parts: list[str] = []
    for item in as_list(member_at(argument, ("Values",))):
        part = known_text(item, parameters)
        if not part and item != "":
            parts.append("")  # known in the run only; the separator before it is known now
            break
        parts.append(part)
    return str(argument.get("On", "")).join(parts) if parts else ""
