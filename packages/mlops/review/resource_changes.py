"""Resources that differ, and which of them CloudFormation replaces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops.review.flatten import changes, leaves
from mlops.review.replacement import replaces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from promises.world import Resource, World


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
