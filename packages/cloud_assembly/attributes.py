"""Attributes of resource types: cfn-lint's GetAtt table, read as data from its files."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from cloud_assembly.type_schemas import linter_folder, type_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

_CUSTOM = "AWS::CloudFormation::CustomResource"
_NESTED = {"AWS::CloudFormation::Stack", "AWS::Serverless::Application"}
_PROVISIONED = "AWS::ServiceCatalog::CloudFormationProvisionedProduct"
_OUTPUTS = r"Outputs\..*"


def is_custom(kind: str) -> bool:
    """Return whether a function or a module decides on the attributes."""
    return kind == _CUSTOM or kind.startswith("Custom::") or kind.endswith("::MODULE")


@cache
def attribute_patterns(kind: str, region: str) -> tuple[str, ...] | None:
    """List the attributes of a type, as regular expressions; None where the type is not known."""
    if is_custom(kind):
        return (".*",)
    schema = type_schema(kind, region)
    if schema is None:
        return None
    every_property, exceptions = _linter_constants()
    if kind in every_property:
        properties = schema.get("properties", {}).items()
        found = [each for name, value in properties for each in _leaves(value, schema, name)]
    elif kind in _NESTED:
        found = [_OUTPUTS]
    else:
        read_only = [".".join(each.split("/")[2:]) for each in schema.get("readOnlyProperties", [])]
        if kind == _PROVISIONED:
            read_only = [_OUTPUTS if each == "Outputs" else each for each in read_only]
        found = [*exceptions.get(kind, ()), *read_only]
    return tuple(dict.fromkeys(found))


def has_attribute(kind: str, attribute: str, region: str) -> bool:
    """Return whether a type has an attribute; an unknown type may have any."""
    patterns = attribute_patterns(kind, region)
    return patterns is None or any(
        each == attribute or re.fullmatch(each, attribute) for each in patterns
    )


@cache
def primary_identifier(kind: str, region: str) -> str:
    """Return the property that `Ref` returns by the type's schema; empty where there is none."""
    schema = None if is_custom(kind) else type_schema(kind, region)
    found = (schema or {}).get("primaryIdentifier", [])
    return str(found[0]).split("/", 2)[2] if len(found) == 1 else ""


def is_read_only(kind: str, name: str, region: str) -> bool:
    """Return whether only AWS sets a property."""
    return f"/properties/{name}" in (type_schema(kind, region) or {}).get("readOnlyProperties", [])


def is_array(kind: str, attribute: str, region: str) -> bool:
    """Return whether an attribute is a list by the type's schema."""
    schema = type_schema(kind, region) or {}
    return bool(schema.get("properties", {}).get(attribute, {}).get("type") == "array")


def _leaves(value: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[str]:
    kinds = value.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds or []
    if "object" in kinds:
        for name, inner in value.get("properties", {}).items():
            yield from _leaves(inner, schema, f"{path}.{name}")
    elif "array" in kinds:
        if value.get("items", {}).get("type") not in {"object", "array"}:
            yield path
    elif "$ref" in value:
        inner = schema
        for part in value["$ref"].removeprefix("#/").split("/"):
            inner = inner[part]
        yield from _leaves(inner, schema, path)
    else:
        yield path


@cache
def _linter_constants() -> tuple[frozenset[str], dict[str, list[str]]]:
    """Read the constants of the linter's table beside the schemas."""
    source = (linter_folder() / "schema" / "_getatts.py").read_text(encoding="utf-8")
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in {"_all_property_types", "_exceptions"}
    }
    return frozenset(values["_all_property_types"]), values["_exceptions"]
