"""What the registry's schema of a type says about changes and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud_assembly.arn_forms import ARN_FORMS
from cloud_assembly.attributes import is_custom
from cloud_assembly.type_schemas import type_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def schema_of(kind: str, region: str) -> dict[str, Any]:
    """Return the schema; an empty one for a custom resource."""
    return {} if is_custom(kind) else type_schema(kind, region) or {}


def changed_paths(
    before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = ""
) -> Iterator[str]:
    """Yield the properties that differ, in dots; below a list the list itself."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if same(old, new):
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            yield from changed_paths(old, new, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def same(old: object, new: object) -> bool:
    """Compare two values; CloudFormation passes scalars on as texts."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(same(*pair) for pair in zip(old, new, strict=True))
    return _scalar(old) == _scalar(new)


def _scalar(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def replaces(kind: str, path: str, region: str) -> bool:
    """Return whether a change of a property replaces the resource."""
    return any(
        path == each or path.startswith(f"{each}.") or each.startswith(f"{path}.")
        for each in _paths(schema_of(kind, region), "createOnlyProperties")
    )


def naming_properties(kind: str, region: str) -> list[str]:
    """Return the properties that name a resource of a type, if a template gives them."""
    form = ARN_FORMS.get(kind)
    return [form.name_property] if form else _paths(schema_of(kind, region), "primaryIdentifier")


def _paths(schema: Mapping[str, Any], name: str) -> list[str]:
    return [
        ".".join(part for part in each.split("/")[2:] if part not in {"*", "items"})
        for each in schema.get(name, [])
    ]


def tag_property(kind: str, region: str) -> str:
    """Return the property that takes the stack's tags; empty if the type has no tags."""
    schema = schema_of(kind, region)
    tagging = schema.get("tagging", {})
    if not tagging.get("taggable", schema.get("taggable", False)):
        return ""
    name = str(tagging.get("tagProperty", "/properties/Tags")).rpartition("/")[2]
    return name if name in schema.get("properties", {}) else ""


def with_tags(
    properties: Mapping[str, Any], tags: Mapping[str, str], kind: str, region: str
) -> dict[str, Any]:
    """Add the stack's tags, which a resource's own go before."""
    name = tag_property(kind, region)
    if not name or not tags:
        return dict(properties)
    schema = schema_of(kind, region)
    described = schema["properties"][name]
    if "$ref" in described:
        described = schema["definitions"][described["$ref"].rpartition("/")[2]]
    own = properties.get(name)
    if described.get("type") == "array" or isinstance(own, list):
        own = list(own or [])
        taken = {each.get("Key") for each in own}
        added = [{"Key": k, "Value": v} for k, v in tags.items() if k not in taken]
        return {**properties, name: [*own, *added]}
    return {**properties, name: {**tags, **(own or {})}}
