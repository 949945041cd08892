"""Limits of resources, checked on their resolved properties: of the table and of the schemas."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.symbols import GENERATED, OPEN
from mlops_contract.limits import (
    CLOUDFORMATION,
    ENDPOINTS_OF_A_VPC,
    IAM,
    INLINE_POLICIES,
    LIMITS,
    PRIVATE_LINK,
    TEMPLATE_KEPT,
    TEMPLATE_SECTIONS,
)
from promises.schema_limits import constraints, has_form

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

    from promises.world import Resource, World

# What AWS makes up: ids of EC2 have 17 digits after a word, a key's id is the longest among ours.
_EC2_ID, _ID = 24, 36
# What has inline policies, by the property of a policy that names it: the most for all of them, as
# IAM's quotas state it, characters without white space.
_HOLDERS = {
    "Role": ("AWS::IAM::Role", INLINE_POLICIES),
    "User": ("AWS::IAM::User", 2_048),
    "Group": ("AWS::IAM::Group", 5_120),
}
_INLINE = ("AWS::IAM::Policy", *(f"AWS::IAM::{each}Policy" for each in _HOLDERS))


@dataclass(frozen=True)
class Beyond:
    """Something of a resource that AWS would refuse, for its size or, with a `text`, its form."""

    where: str
    what: str
    size: int
    limit: int
    source: str
    text: str = ""

    def __str__(self) -> str:
        """Render it for messages."""
        if self.text:
            return f"{self.where}: {self.what} is {self.text} ({self.source})"
        return (
            f"{self.where}: {self.what} has {self.size:,}, and AWS takes {self.limit:,}"
            f" ({self.source})"
        )


def beyond_limits(world: World) -> Iterator[Beyond]:
    """Yield what is beyond a limit."""
    yield from (each for each in measured(world) if each.text or each.size > each.limit)


def measured(world: World) -> Iterator[Beyond]:
    """Yield the size of everything that has a limit, and what has another form than its own."""
    short = {
        f"{each.stack}.{each.logical_id}"
        for each in world.resources
        if each.kind.startswith("AWS::EC2::")
    }

    def as_long_as(found: re.Match[str]) -> str:
        return "0" * (_EC2_ID if f"{found['stack']}.{found['id']}" in short else _ID)

    def size(value: Any) -> int:
        text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        return len(OPEN.sub(as_long_as, GENERATED.sub(as_long_as, text)).encode())

    for each in world.resources:
        yield from _of_table(each, size)
        yield from _of_schema(each, world.region, size)
    yield from _of_inline_policies(world, size)
    yield from _of_stacks(world)


def _of_inline_policies(world: World, size: Callable[[Any], int]) -> Iterator[Beyond]:
    """Yield the sum of a role's, user's or group's inline policies, also those made beside it.

    Roles with their own policies alone are in the table.
    """
    for word, (kind, most) in _HOLDERS.items():
        holders = {each.ref: each for each in world.of_kind(kind)}
        beside: dict[str, list[Resource]] = {}
        for policy in world.of_kind(*_INLINE):
            named = policy.properties.get(f"{word}s") or policy.properties.get(f"{word}Name") or ()
            for name in [named] if isinstance(named, str) else named:
                beside.setdefault(str(name), []).append(policy)
        for name in beside if kind == "AWS::IAM::Role" else {**holders, **beside}:
            there, holder = beside.get(name, []), holders.get(name)
            documents = [each.properties.get("PolicyDocument", "") for each in there]
            own = holder.properties.get("Policies") if holder else None
            documents += [
                each.get("PolicyDocument", "") if isinstance(each, dict) else each
                for each in (own if isinstance(own, list) else ())
            ]
            if documents:
                where = holder.where if holder else there[0].where
                whose = "its" if holder else f"the {word.lower()} {name}'s"
                what = f"the sum of {whose} inline policies"
                yield Beyond(where, what, sum(map(size, documents)), most, IAM)


def _of_table(each: Resource, size: Callable[[Any], int]) -> Iterator[Beyond]:
    for limit in LIMITS:
        if limit.kind == each.kind:
            source = "; ".join(filter(None, (limit.source, limit.inferred)))
            for value in _at(each.properties, limit.property):
                count = _count(value) if limit.counts else size(value)
                yield Beyond(each.where, limit.property, count, limit.most, source)


def _of_schema(each: Resource, region: str, size: Callable[[Any], int]) -> Iterator[Beyond]:
    source = f"CloudFormation's schema of {each.kind}"
    for path, value, schema in constraints(each.kind, each.properties, region):
        if "maxLength" in schema and isinstance(value, str | dict):
            yield Beyond(each.where, path, size(value), schema["maxLength"], source)
        if "maxItems" in schema and isinstance(value, list):
            yield Beyond(each.where, path, len(value), schema["maxItems"], source)
        if isinstance(value, str) and not _has_form(value, schema.get("pattern", "")):
            text = f"{value!r}, and AWS takes {schema['pattern']}"
            yield Beyond(each.where, path, 0, 0, source, text)


def _has_form(value: str, pattern: str) -> bool:
    unknown = OPEN.search(value) or GENERATED.search(value)
    return not pattern or unknown is not None or has_form(value, pattern)


def _count(value: Any) -> int:
    return len(value) if isinstance(value, list | dict) else 1


def _at(properties: Any, path: str) -> Iterator[Any]:
    """Yield what is at a path, through lists; a ``*`` is any name."""
    name, _, rest = path.partition(".")
    for each in properties if isinstance(properties, list) else [properties]:
        if isinstance(each, dict):
            for value in each.values() if name == "*" else [each[name]] if name in each else []:
                yield from _at(value, rest) if rest else [value]


def _of_stacks(world: World) -> Iterator[Beyond]:
    for stack in world.stacks:
        size = len(json.dumps(stack.template).encode())
        yield Beyond(stack.name, "the template", size, TEMPLATE_KEPT, CLOUDFORMATION)
        for section, most in TEMPLATE_SECTIONS.items():
            count = len(stack.template.get(section, {}))
            yield Beyond(stack.name, f"section {section}", count, most, CLOUDFORMATION)
    by_vpc: dict[str, list[Resource]] = {}
    for each in world.of_kind("AWS::EC2::VPCEndpoint"):
        if each.properties.get("VpcEndpointType") == "Interface":
            by_vpc.setdefault(str(each.properties.get("VpcId")), []).append(each)
    for there in by_vpc.values():
        where = there[0].stack
        what = "the VPC's list of interface endpoints"
        yield Beyond(where, what, len(there), ENDPOINTS_OF_A_VPC, PRIVATE_LINK)
