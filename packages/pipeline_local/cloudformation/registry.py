"""The types of resources that the local AWS creates, each in a file of its service."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cloud_assembly.attributes import is_custom
from cloud_assembly.type_schemas import type_schema
from pipeline_local.cloudformation import types
from pipeline_local.cloudformation.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline_local.cloudformation.resource_type import ResourceType


@cache
def resource_types() -> dict[str, ResourceType]:
    """Return the types by name."""
    found: dict[str, ResourceType] = {}
    for module in pkgutil.iter_modules(types.__path__):
        for each in getattr(import_module(f"{types.__name__}.{module.name}"), "TYPES", ()):
            found[each.name] = each
    return found


def check_types(
    template: Mapping[str, Any], known: Mapping[str, ResourceType], region: str
) -> None:
    """Refuse, by name, a type and a property that the local AWS would not carry out."""
    bodies = template["Resources"].items()
    kinds = {str(body["Type"]) for _, body in bodies if not is_custom(str(body["Type"]))} - {*known}
    if unknown := sorted(kind for kind in kinds if type_schema(kind, region) is None):
        raise invalid(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    problems = [
        problem for logical_id, body in bodies for problem in _problems(logical_id, body, known)
    ]
    if problems:
        raise invalid("; ".join(dict.fromkeys(problems)))


def _problems(
    logical_id: str, body: Mapping[str, Any], known: Mapping[str, ResourceType]
) -> Iterator[str]:
    kind = str(body["Type"])
    if is_custom(kind):
        return
    if kind not in known:
        yield f"the local AWS has no type of resource {kind} ({logical_id})"
        return
    for name in _names(body.get("Properties", {}), known[kind].properties):
        yield f"the local AWS would drop property {name} of {kind} ({logical_id})"


def _names(value: object, covered: frozenset[str], path: str = "") -> Iterator[str]:
    """Yield the names that are not covered, through the branches of ``Fn::If``."""
    if isinstance(value, list):
        for each in value:
            yield from _names(each, covered, path)
    elif isinstance(value, dict):
        if len(value) == 1 and (only := next(iter(value))) in {"Ref", "Fn::If"}:
            yield from _names(value[only][1:] if only == "Fn::If" else [], covered, path)
            return
        for name, inner in value.items():
            below = f"{path}.{name}" if path else str(name)
            if below in covered or str(name).startswith("Fn::"):
                continue
            if any(each.startswith(f"{below}.") for each in covered):
                yield from _names(inner, covered, below)
            else:
                yield below
