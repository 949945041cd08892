"""Collect the policies of resources that are neither buckets nor keys nor endpoints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from iam_prover.policy import Policy, PolicyKind
from promises.world.documents import read_policy
from promises.world.open_properties import document, plain
from promises.world.type_reviews import review_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from promises.world.model import Resource

_BUS_POLICY = "AWS::Events::EventBusPolicy"


def other_policies_of(resources: Iterable[Resource]) -> Iterator[tuple[Resource, Policy]]:
    """Read the resource policies that the table of types names, of queues, topics and others."""
    for each in resources:
        for body in _documents(each):
            yield each, read_policy(body, PolicyKind.RESOURCE, each.where)


def _documents(resource: Resource) -> Iterator[Any]:
    if resource.kind == _BUS_POLICY:
        yield _bus_policy(resource)
        return
    review = review_of(resource.kind)
    for path in review.of("policy") if review else ():
        value: Any = resource.properties
        for name in path:
            value = document(value, name) if isinstance(value, dict) else None
        if value is not None:
            yield value


def _bus_policy(resource: Resource) -> dict[str, Any] | None:
    """Return a bus's statement, or the older form that names an account, as a document."""
    given = plain(resource.properties)
    statement = given.get("Statement")
    if statement is None:
        who = given.get("Principal")
        statement = {
            "Effect": "Allow",
            "Principal": "*" if who == "*" else {"AWS": who},
            "Action": given.get("Action", "events:PutEvents"),
            "Resource": "*",
        }
        if "Condition" in given:
            asked = given["Condition"]
            statement["Condition"] = {asked["Type"]: {asked["Key"]: asked["Value"]}}
    statement = json.loads(statement) if isinstance(statement, str) else statement
    return {"Version": "2012-10-17", "Statement": [statement]}
