"""Answers of APIs whose members start with a small letter, in the template's form."""

from __future__ import annotations

from typing import Any

from pipeline_local.cloudformation.service_api import as_tags


def capitalized(value: Any, *maps: str) -> Any:
    """Give the names of members a capital at any depth, but not the keys of `maps`."""
    if isinstance(value, list):
        return [capitalized(item, *maps) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name[:1].upper() + name[1:]: item if name in maps else capitalized(item, *maps)
        for name, item in value.items()
        if item is not None
    }


def chosen(properties: frozenset[str], answer: dict[str, Any]) -> dict[str, Any]:
    """Return the part of an answer that a type's properties name, with its tags in one order."""
    names = {name.split(".")[0] for name in properties}
    found = {name: value for name, value in answer.items() if name in names and value is not None}
    return {**found, "Tags": as_tags(found["Tags"])} if "Tags" in found else found
