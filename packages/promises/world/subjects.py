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
_FIELDS = {
    "bucket": "buckets",
    "s3-endpoint": "s3_endpoint_ids",
    "compute-role": "compute",
    "volume-key": "volume_keys",
    "output-key": "output_keys",
    "subnet": "subnet_ids",
    "security-group": "group_ids",
}


def choose_subjects(world: World, choices: Iterable[str]) -> World:
    """Keep only the named resources, each ``NAME=LOGICAL_ID``, as what promises are about.

    An id may also be a parameter's whose default names something outside the template.
    """
    chosen: list[tuple[str, str]] = []
    for choice in choices:
        name, _, logical_id = choice.partition("=")
        if name not in SUBJECTS or not logical_id:
            known = ", ".join(SUBJECTS)
            raise MlopsError(f"--subject {choice}: say NAME=LOGICAL_ID, NAME one of {known}")
        chosen.append((name, logical_id))
    cases = [_chosen(each, chosen) for each in world.cases]
    for name, logical_id in chosen:
        if not any(_find(each, logical_id) for each in world.cases):
            raise MlopsError(
                f"--subject {name}={logical_id}: {world.name} has no resource and no parameter "
                f"called {logical_id}"
            )
    for name in dict.fromkeys(name for name, _ in chosen):
        field = _FIELDS[name]
        if not any(getattr(each, field) for each in cases):
            ids = ", ".join(logical_id for each, logical_id in chosen if each == name)
            raise MlopsError(f"--subject {name}: {ids} is no {name}")
    return replace(cases[0], variants=tuple(cases[1:])) if chosen else world


def _chosen(world: World, chosen: list[tuple[str, str]]) -> World:
    changed = world
    for name in dict.fromkeys(name for name, _ in chosen):
        found = [_find(world, logical_id) for each, logical_id in chosen if each == name]
        # Behind a condition a resource is not there in every case.
        changed = _narrowed(changed, name, [each for each in found if each is not None])
    return changed


def _find(world: World, logical_id: str) -> Resource | str | None:
    for each in world.resources:
        if each.logical_id == logical_id:
            return each
    for stack in world.stacks:
        if logical_id in stack.template.get("Parameters", {}):
            case = replace(world.case, each_value=False)
            value = Resolver(world.stacks, case).resolve({"Ref": logical_id}, stack)
            return ",".join(value) if isinstance(value, list) else str(value)
    return None


def _narrowed(world: World, name: str, found: list[Resource | str]) -> World:
    refs = tuple(each if isinstance(each, str) else each.ref for each in found)
    arns = tuple(each if isinstance(each, str) else each.arn for each in found)
    values: dict[str, tuple[Any, ...]] = {
        "bucket": tuple(each for each in world.buckets if each.name in refs),
        "compute-role": tuple(each for each in world.roles if each.arn in arns),
        "s3-endpoint": refs,
        "volume-key": arns,
        "output-key": arns,
        "subnet": _split(refs),
        "security-group": _split(refs),
    }
    changes: dict[str, Any] = {_FIELDS[name]: values[name]}
    return replace(world, **changes)


def _split(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for text in texts for part in text.split(","))
