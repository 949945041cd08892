"""Resources that differ, and which of them CloudFormation replaces."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloud_assembly.type_schemas import type_schema
from mlops.review.flatten import changes, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from promises.world import Resource, World

# Types that the registry does not describe well: custom resources decide for themselves.
_NEVER = re.compile(r"Custom::|AWS::CloudFormation::CustomResource")


@dataclass(frozen=True)
class Changed:
    """A resource that is on both sides and differs."""

    before: Resource
    after: Resource
    places: tuple[tuple[str, Any, Any], ...]
    reasons: tuple[str, ...] = ()  # properties that replace it; else it is updated in place
    perhaps: tuple[str, ...] = ()
    policies: tuple[tuple[str, str, str], ...] = ()


def places(world: World) -> dict[tuple[str, str], Resource]:
    """Return the resources of a world by stack and logical id."""
    return {(each.stack, each.logical_id): each for each in world.resources}


def changed_resources(before: World, after: World) -> list[Changed]:
    """Compare the resources of both sides; what refers to a replaced one may be replaced, too."""
    old, new = places(before), places(after)
    both = [_compared(before, after, old[place], new[place]) for place in old if place in new]
    names = {
        second: first
        for each in both
        if each.reasons
        for first, second in (
            (each.before.arn, each.after.arn),
            (each.before.ref, each.after.ref),
        )
    }
    if names:
        both = [_following(each, names, after.region) for each in both]
    return [each for each in both if each.places or each.policies or each.reasons]


def _compared(before: World, after: World, old: Resource, new: Resource) -> Changed:
    places = tuple(changes(dict(old.properties), dict(new.properties)))
    sure, perhaps = replaces(new.kind, after.region, [path for path, _, _ in places])
    policies = tuple(
        (name, first, second)
        for name in ("DeletionPolicy", "UpdateReplacePolicy")
        for first, second in [(attribute(before, old, name), attribute(after, new, name))]
        if first != second
    )
    reasons = ("Type",) if old.kind != new.kind else tuple(sure)
    return Changed(old, new, places, reasons, tuple(perhaps), policies)


def replaces(kind: str, region: str, paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the changed properties that replace a resource for sure, and perhaps."""
    if _NEVER.match(kind):
        return [], []
    schema = type_schema(kind, region) or {}
    sure = [_pattern(each) for each in schema.get("createOnlyProperties", ())]
    perhaps = [_pattern(each) for each in schema.get("conditionalCreateOnlyProperties", ())]
    changed = list(paths)
    certain = [path for path in changed if any(each.match(path) for each in sure)]
    possible = [
        path
        for path in changed
        if path not in certain and any(each.match(path) for each in perhaps)
    ]
    return certain, possible


def _pattern(pointer: str) -> re.Pattern[str]:
    """Compile a path like ``/properties/Rules/*/Name``; what lies below counts too."""
    parts = pointer.removeprefix("/properties/").split("/")
    inner = r"\.".join("[^.]+" if each == "*" else re.escape(each) for each in parts)
    return re.compile(rf"{inner}(\.|$)")


def _following(each: Changed, names: Mapping[str, str], region: str) -> Changed:
    """Drop what only follows the new name of a replaced resource, even where it looks alike."""
    if each.after.arn in names:
        return each
    follows = [
        path
        for path, leaf in leaves(dict(each.after.properties))
        if isinstance(leaf, str) and any(name in leaf for name in names)
    ]
    own = tuple(row for row in each.places if row[0] not in follows or _other(row, names))
    sure, _ = replaces(each.after.kind, region, follows)
    reasons = each.reasons or tuple(f"{path} (what it names is replaced)" for path in sure)
    return replace(each, places=own, reasons=reasons)


def _other(row: tuple[str, Any, Any], names: Mapping[str, str]) -> bool:
    """Return whether a value differs by more than a replaced resource's name."""
    _, old, new = row
    for name in sorted(names, key=len, reverse=True):
        new = new.replace(name, names[name])
    return bool(new != old)


def attribute(world: World, resource: Resource, name: str) -> str:
    """Return an attribute beside the properties, with CloudFormation's default."""
    for stack in world.stacks:
        if stack.name == resource.stack:
            return str(stack.resources[resource.logical_id].get(name, "Delete"))
    return "Delete"
