"""JSON, as Python holds it."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = "dict[str, Any] | list[Any] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, Any]


def kind_of(value: object) -> str:
    """Name the JSON type of a value, for messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "Boolean"
    names = {dict: "object", list: "list", str: "String", int: "Integer", float: "Float"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "value")


def with_article(value: object) -> str:
    """Name the JSON type of a value after "is": "an object", "a String", "null"."""
    kind = kind_of(value)
    return kind if kind == "null" else f"an {kind}" if kind[0] in "IOo" else f"a {kind}"


def as_list(value: object) -> list[Any]:
    """Return a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []
