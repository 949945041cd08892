"""Point promises at resources of templates that are not ours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloud_assembly.intrinsics import Resolver
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from promises.world.model import Resource, World

SUBJECTS = {
    "bucket": "the buckets of promises 1, 3 and 4",
    "s3-endpoint": "the endpoint that data may come through",
    "compute-role": "the roles of promises 5 to 9",
    "volume-key": "the key that volumes must be under",
    "output-key": "the key that outputs must be under",
    "subnet": "where compute may run",
    "security-group": "what compute may be attached to",
}


def choose_subjects(world: World, choices: Iterable[str]) -> World:
    """Keep only the named resources, each ``NAME=LOGICAL_ID``, as what promises are about.

    An id may also be a parameter's whose default names something outside the template.
    """
    chosen: dict[str, list[Resource | str]] = {}
    for choice in choices:
        name, _, logical_id = choice.partition("=")
        if name not in SUBJECTS or not logical_id:
            known = ", ".join(SUBJECTS)
            raise MlopsError(f"--subject {choice}: say NAME=LOGICAL_ID, NAME one of {known}")
        chosen.setdefault(name, []).append(_find(world, choice, logical_id))
    changed = world
    for name, found in chosen.items():
        changed = _narrowed(changed, name, found)
    return changed


def _find(world: World, choice: str, logical_id: str) -> Resource | str:
    for each in world.resources:
        if each.logical_id == logical_id:
            return each
    for stack in world.stacks:
        parameter = stack.template.get("Parameters", {}).get(logical_id)
        if isinstance(parameter, dict) and "Default" in parameter:
            value = Resolver(world.stacks).resolve({"Ref": logical_id}, stack)
            return ",".join(value) if isinstance(value, list) else str(value)
    raise MlopsError(
        f"--subject {choice}: {world.name} has no resource, and no parameter with a default, "
        f"called {logical_id}"
    )


def _narrowed(world: World, name: str, found: list[Resource | str]) -> World:
    refs = tuple(each if isinstance(each, str) else each.ref for each in found)
    arns = tuple(each if isinstance(each, str) else each.arn for each in found)
    if name == "bucket":
        buckets = tuple(each for each in world.buckets if each.name in refs)
        _some(buckets, name, refs)
        return replace(world, buckets=buckets)
    if name == "compute-role":
        roles = tuple(each for each in world.roles if each.arn in arns)
        _some(roles, name, refs)
        return replace(world, compute=roles)
    plain = {
        "s3-endpoint": ("s3_endpoint_ids", refs),
        "volume-key": ("volume_keys", arns),
        "output-key": ("output_keys", arns),
        "subnet": ("subnet_ids", _split(refs)),
        "security-group": ("group_ids", _split(refs)),
    }
    field, values = plain[name]
    changes: dict[str, Any] = {field: values}
    return replace(world, **changes)


def _split(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Cut the value of a parameter of type List, which holds several."""
    return tuple(part.strip() for text in texts for part in text.split(","))


def _some(found: tuple[object, ...], name: str, refs: tuple[str, ...]) -> None:
    if not found:
        raise MlopsError(f"--subject {name}: {', '.join(refs)} is no {name}")
