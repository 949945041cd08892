"""Members that are null, and so not given, as the SDK writes some of them."""

from __future__ import annotations

from typing import Any

from pipeline_schema.api_model import request_shape
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import values_in


def given_members(kind: object, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a step without members that are null: they are not given.

    A null in a map is no member of a structure, and stays to be refused.
    """
    row = step_type(kind)
    if not any(value is None for _, value in values_in(arguments)):
        return arguments
    if row.operation:
        return dict(without_nulls(arguments, request_shape(row.operation)))
    shapes = {part: request_shape(operation) for part, operation in row.parts.items()}
    return {
        name: [without_nulls(each, shapes[name]) for each in value]
        if name in shapes and isinstance(value, list)
        else value
        for name, value in arguments.items()
    }


def without_nulls(value: Any, shape: Any) -> Any:
    """Return a value without the members of structures that are null."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: without_nulls(item, shape.members[name]) if name in shape.members else item
            for name, item in value.items()
            if item is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [without_nulls(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: without_nulls(item, shape.value) for name, item in value.items()}
    return value
