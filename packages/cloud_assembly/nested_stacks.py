"""Nested stacks and sets of stacks, read where their templates are at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_common.symbols import open_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloud_assembly.intrinsics import Resolver
    from cloud_assembly.stack import Stack

    # Reads the template of a file, or of a text in a resource that is named.
    Read = Callable[[Path | str, str], dict[str, Any]]

NESTED, SET = "AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet"


def nested_name(stack: str, logical_id: str) -> str:
    """Name a nested stack as CloudFormation does, but for what it makes up."""
    return f"{stack}-{logical_id}"


def nested_in(
    stacks: Sequence[Stack], resolver: Resolver, read: Read, beside: Path | None = None
) -> Iterator[Stack]:
    """Yield the nested stacks, also deeper ones, whose templates are in assets, files or texts.

    Files are looked for `beside`. Of a set of stacks the one of this account and region is read,
    and only where it has no others.
    """
    for stack in stacks:
        for logical_id, body in stack.resources_of_type(NESTED, SET):
            properties = resolver.resolve_mapping(body.get("Properties", {}), stack)
            source: Path | str | None = _file(properties.get("TemplateURL"), stack, beside)
            given = properties.get("Parameters", {})
            if body["Type"] == SET:
                instances = _instances(properties)
                source = (source or _text(properties)) if _here(instances, stack) else None
                given = _values(given, *(each.get("ParameterOverrides") for each in instances))
            if source is None:
                continue
            values = {
                name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
                for name, value in given.items()
            }
            name = nested_name(stack.name, logical_id)
            template = read(source, f"stack {stack.name}: TemplateBody of {logical_id}")
            inner = replace(stack, name=name, template=template, parameters=values)
            yield inner
            folder = source.parent if isinstance(source, Path) else beside
            yield from nested_in([inner], resolver, read, folder if beside else None)


def _instances(properties: Mapping[str, Any]) -> list[Any]:
    groups = properties.get("StackInstancesGroup", [])
    return groups if isinstance(groups, list) else [groups]


def _here(instances: Sequence[Any], stack: Stack) -> bool:
    """Check whether a set makes one stack at most, in the account and region of its parent."""
    here = {"DeploymentTargets": {"Accounts": [stack.account]}, "Regions": [stack.region]}
    made = [
        {name: value for name, value in each.items() if name != "ParameterOverrides"}
        if isinstance(each, dict)
        else each
        for each in instances
    ]
    return made in ([], [here])


def _values(*given: Any) -> dict[str, Any]:
    """Join lists of parameters, later ones first."""
    return {
        str(row["ParameterKey"]): row.get("ParameterValue", "")
        for rows in given
        for row in rows or ()
    }


def _text(properties: Mapping[str, Any]) -> str | None:
    """Return a template that is a text, as far as all of it is known."""
    text = properties.get("TemplateBody")
    return text if isinstance(text, str) and not open_in(text) else None


def _file(url: object, stack: Stack, beside: Path | None) -> Path | None:
    """Return the file of a template; None where it is elsewhere."""
    text = str(url)
    asset = stack.assets.get(text.rpartition("/")[2])
    if asset is not None and asset.is_file():
        return asset
    if beside is None or "://" in text or text.startswith("/"):
        return None
    file = (beside / text).resolve()
    inside = file.is_relative_to(beside.resolve().parent)
    return file if inside and file.is_file() else None
