"""Lengths and forms that CloudFormation's schemas ask of properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import regex

from cloud_assembly.type_schemas import knows_region, type_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ANY_REGION = "us-east-1"  # has schemas of all types
_LIMITING = {"maxLength", "maxItems", "pattern"}


def constraints(
    kind: str, properties: Mapping[str, Any], region: str
) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Yield the path, value and schema of each part that a schema limits."""
    root = schema_of(kind, region)
    yield from _within(properties, root, root, "")


def schema_of(kind: str, region: str) -> dict[str, Any]:
    """Return a type's schema; empty where there is none, as of custom resources."""
    return type_schema(kind, region if knows_region(region) else _ANY_REGION) or {}


def has_form(value: str, pattern: str) -> bool:
    """Return whether a text has the form of a schema's pattern; ours are plain where it cannot."""
    try:
        return regex.search(pattern, value) is not None
    except regex.error:
        return True


def _within(
    value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], path: str
) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    while "$ref" in schema:
        schema = root.get("definitions", {}).get(schema["$ref"].rpartition("/")[2], {})
    if _LIMITING & schema.keys():
        yield path, value, schema
    if isinstance(value, dict):
        for name, part in value.items():
            if inner := schema.get("properties", {}).get(name):
                yield from _within(part, inner, root, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for part in value:
            yield from _within(part, schema.get("items", {}), root, path)
