"""Requests that CloudFormation makes for the resources of an environment."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iam_prover.principals import role
from iam_prover.reference import action_details, resource_type
from iam_prover.request import Request
from mlops.bootstrap.handlers import HANDLERS
from mlops.bootstrap.known_names import Known, known_of, objects_in, roles_in, tags_of
from mlops.bootstrap.needs import (
    BEFORE_TAGS_COUNT,
    actions_for,
    connection_of,
    fate,
    let_through,
)
from mlops.bootstrap.scopes import CALLED_BY_IAM, MAKING, REQUEST_TAG, SERVICE_ROLE
from mlops_contract.cdk_bootstrap import QUALIFIER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from promises.world import Resource, World

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PLACE = frozenset({"partition", "region", "account"})
_UNKNOWN = "any"  # what an ARN is about beyond the names that templates give
# Who a role is passed to, where it is not the service of the resource's type.
_PASSED_TO = {"AWS::EC2::FlowLog": "vpc-flow-logs"}
_MAKING = (*MAKING, "Publish")
_OF_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
# Resource types of the reference that share a name with ours and are not it.
_NOT_OURS = frozenset({"webFunction"})
# Services whose resources have ids, and tags to tell them apart.
_OF_TAGS = frozenset({"ec2", "kms", "route53resolver", "servicecatalog"})

# Services whose ARNs all end in the same variable.
_ALIKE = frozenset({"route53resolver"})


@dataclass(frozen=True)
class HandlerCall:
    """One request of a resource's handler."""

    where: str
    service: str
    handler: str
    request: Request

    def __str__(self) -> str:
        """Render it for messages."""
        return f"{self.where}, to {self.handler} it: {self.request}"


def handler_calls(world: World, deployer: str) -> Iterator[HandlerCall]:
    """Yield the requests of every resource's handlers, under CloudFormation's role.

    What a stack keeps is not deleted, and a boundary is changed by an administrator.
    """
    calls = _Calls(world, deployer)
    for each in world.resources:
        yield from calls.of(each)
    yield from calls.of_stacks()


def deletions(world: World, deployer: str, *, of: Iterable[str]) -> Iterator[HandlerCall]:
    """Yield the requests that delete what stacks keep, by how they keep it."""
    calls, kept = _Calls(world, deployer), frozenset(of)
    for each in world.resources:
        if fate(world, each) in kept and not calls.is_boundary(each):
            yield from calls.of_handler(each, "delete")


class _Calls:
    def __init__(self, world: World, deployer: str) -> None:
        self._world, self._caller = world, role(deployer)
        self._deployer = deployer
        self._tags = {each.ref: tags_of(each) for each in world.resources}
        self._boundaries = {each.name: each.boundary_arn for each in world.roles}

    def of(self, resource: Resource) -> Iterator[HandlerCall]:
        """Yield the requests of a resource's handlers, and of a custom resource."""
        handlers = HANDLERS[: 2 if self.is_boundary(resource) else None]
        for name in handlers:
            if name != "delete" or fate(self._world, resource) == "Delete":
                yield from self.of_handler(resource, name)
        token = str(resource.properties.get("ServiceToken", ""))
        if token.startswith("arn:"):
            yield self._call(resource, "create", "lambda:InvokeFunction", token, {})

    def of_stacks(self) -> Iterator[HandlerCall]:
        """Yield reading the bootstrap's version, which each stack has as a parameter."""
        here = f"{self._world.region}:{self._world.account}:parameter/cdk-bootstrap/{QUALIFIER}"
        arn = f"arn:{self._partition}:ssm:{here}/version"
        request = Request(self._caller, "ssm:GetParameters", arn)
        yield HandlerCall(self._world.name, "ssm", "create", request)

    def of_handler(self, resource: Resource, handler: str) -> Iterator[HandlerCall]:
        """Yield the requests of one handler."""
        known = known_of(resource)
        on_bucket = set(_OF_OBJECTS)
        if resource.service == "s3":
            (bucket,) = known.values["bucketname"]
            on_bucket |= let_through(self._world, bucket, self._deployer)
            on_bucket |= {"s3:DeleteBucket"} if handler == "delete" else set()
        for action in actions_for(resource, self._world.region, (handler,)):
            if action.startswith("s3:") and action not in on_bucket:
                continue
            if action == "iam:PassRole":
                yield from self._passing(resource, handler)
                continue
            if action == SERVICE_ROLE:
                owner = f"{resource.service}.amazonaws.com"
                here = f"arn:{self._partition}:iam::{self._world.account}:role/aws-service-role"
                named = {"iam:AWSServiceName": (owner,)}
                yield self._call(resource, handler, action, f"{here}/{owner}/{_UNKNOWN}", named)
                continue
            for arn, owned, ids in self._resources(resource, action, known):
                for context in self._contexts(resource, handler, action, owned=owned, ids=ids):
                    yield self._call(resource, handler, action, arn, context)

    @property
    def _partition(self) -> str:
        return self._world.partition

    def is_boundary(self, resource: Resource) -> bool:
        """Check whether it is a boundary, which the deployer makes and never changes."""
        return resource.arn in self._boundaries.values()

    def _call(
        self, resource: Resource, handler: str, action: str, arn: str, context: Mapping[str, Any]
    ) -> HandlerCall:
        request = Request(self._caller, action, arn, dict(context))
        return HandlerCall(resource.where, resource.service, handler, request)

    def _passing(self, resource: Resource, handler: str) -> Iterator[HandlerCall]:
        service = _PASSED_TO.get(resource.kind, resource.service)
        context = {"iam:PassedToService": (f"{service}.amazonaws.com",)}
        for arn in sorted(roles_in(resource.properties)):
            yield self._call(resource, handler, "iam:PassRole", arn, context)

    def _by_property(self, resource: Resource, action: str) -> list[str] | None:
        """List the ARNs of what properties name otherwise than by a name of the reference."""
        if action in _OF_OBJECTS:
            assets = sorted(objects_in(resource.properties))
            return [f"arn:{self._partition}:s3:::{bucket}/{key}" for bucket, key in assets]
        connection = connection_of(resource)
        return [connection] if connection and action.endswith(":PassConnection") else None

    def _resources(
        self, resource: Resource, action: str, known: Known
    ) -> Iterator[tuple[str, bool, list[str]]]:
        """Yield the ARNs of a call, with whether it is the resource's own, and the ids in it."""
        service, details = action.partition(":")[0], action_details(action)
        apart = self._by_property(resource, action)
        if apart is not None:
            yield from ((arn, False, []) for arn in apart)
            return
        listed = [
            each
            for each in details["resourceTypes"]
            if each["name"] not in _NOT_OURS
            and (each["required"] or not _is_another(resource, each["name"]))
        ]
        if not listed:
            yield "*", True, []
            return
        tagging = "Tagging" in details["accessLevel"]
        if tagging and not tags_of(resource):
            return
        asked = False
        for each in listed:
            arn, _ = resource_type(service, each["name"]) or ("", ())
            names = [name.lower() for name in _VARIABLE.findall(arn)]
            names = [name for name in names if name not in _PLACE]
            given = [name for name in names if name in known.values]
            own = not known.own.isdisjoint(given)
            complete = len(given) == len(names) and (given or each["required"])
            if (complete or (given and each["required"])) and (own or not tagging):
                asked = True
                yield from self._filled(arn, names, known, own=own)
        if asked or any(each["required"] for each in listed):
            return
        if service == resource.service:
            # Not by the reference, but the handler calls it for a resource like this one.
            if not resource.arn.startswith("arn:"):
                return
            yield resource.arn, True, [resource.ref]
        else:
            arn, _ = resource_type(service, listed[0]["name"]) or ("*", ())
            yield _VARIABLE.sub(_UNKNOWN, arn.replace("${Partition}", self._partition)), False, []

    def _filled(
        self, arn: str, names: list[str], known: Known, *, own: bool
    ) -> Iterator[tuple[str, bool, list[str]]]:
        for chosen in itertools.product(*(known.values.get(name, [_UNKNOWN]) for name in names)):
            fixed = {"partition": self._partition, "region": self._world.region}
            values = {
                **fixed,
                "account": self._world.account,
                **dict(zip(names, chosen, strict=True)),
            }
            parts = _VARIABLE.split(arn)  # texts and names of variables in turn
            parts[1::2] = [values[name.lower()] for name in parts[1::2]]
            yield "".join(parts), own, list(chosen)

    def _contexts(
        self, resource: Resource, handler: str, action: str, *, owned: bool, ids: list[str]
    ) -> Iterator[dict[str, tuple[str, ...]]]:
        service, _, name = action.partition(":")
        context: dict[str, tuple[str, ...]] = {}
        for each in ids:
            if service == "iam" and (boundary := self._boundaries.get(each)):
                context["iam:PermissionsBoundary"] = (boundary,)
        if service not in _OF_TAGS:
            yield context
            return
        asked = _as_context("aws:RequestTag", tags_of(resource))
        found = next((self._tags[each] for each in ids if self._tags.get(each)), {})
        has = _as_context("aws:ResourceTag", tags_of(resource) if owned else found)
        making = handler == "create" and owned
        if name in {"CreateTags", "TagResource"}:
            created = {"ec2:CreateAction": ("Create",)} if service == "ec2" else {}
            yield {**context, **asked, **(created if making else has)}
        elif making and name.startswith(_MAKING) and _takes_tags(action):
            yield {**context, **asked}
        else:
            yield {**context, **has}
            if action in BEFORE_TAGS_COUNT and handler in {"create", "read"}:
                yield context


def _is_another(resource: Resource, named: str) -> bool:
    """Tell whether a type of the reference is not a resource's, where all have one variable."""
    plain = named.replace("-", "")
    kind = resource.kind.split("::")[-1].lower()
    return resource.service in _ALIKE and CALLED_BY_IAM.get(plain, plain) != kind


def _takes_tags(action: str) -> bool:
    details = action_details(action)
    keys = [*details["conditionKeys"]]
    keys += (key for each in details["resourceTypes"] for key in each["conditionKeys"])
    return REQUEST_TAG in {key.lower() for key in keys}


def _as_context(prefix: str, tags: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {f"{prefix}/{key}": (value,) for key, value in tags.items() if value}
