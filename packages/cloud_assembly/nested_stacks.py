"""Nested stacks, read where their templates are at hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cloud_assembly.intrinsics import Resolver
    from cloud_assembly.stack import Stack

    # Reads the template of a file.
    Read = Callable[[Path], dict[str, Any]]

NESTED = "AWS::CloudFormation::Stack"


def nested_name(stack: str, logical_id: str) -> str:
    """Name a nested stack as CloudFormation does, but for what it makes up."""
    return f"{stack}-{logical_id}"


def nested_in(
    stacks: Sequence[Stack], resolver: Resolver, read: Read, beside: Path | None = None
) -> Iterator[Stack]:
    """Yield the nested stacks, also deeper ones, whose templates are assets or files `beside`."""
    for stack in stacks:
        for logical_id, body in stack.resources_of_type(NESTED):
            properties = body.get("Properties", {})
            file = _file(resolver.resolve(properties.get("TemplateURL"), stack), stack, beside)
            if file is None:
                continue
            given = resolver.resolve_mapping(properties.get("Parameters", {}), stack)
            values = {
                name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
                for name, value in given.items()
            }
            name = nested_name(stack.name, logical_id)
            inner = replace(stack, name=name, template=read(file), parameters=values)
            yield inner
            yield from nested_in([inner], resolver, read, file.parent if beside else None)


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
