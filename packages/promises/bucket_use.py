"""Good requests to buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.evaluator import PoliciesInForce
from iam_prover.policy import Effect
from iam_prover.principals import NameKind, service
from iam_prover.request import Request
from promises.asking import good
from promises.claims import Allowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.world import Bucket, Role, World

ENDPOINT = "aws:SourceVpce"


def some_use(world: World, bucket: Bucket) -> Allowed:
    """Claim that a role reads or writes through the endpoint, or a service delivers."""
    context = {"aws:SecureTransport": ("true",), "aws:ResourceAccount": (world.account,)}
    candidates: list[tuple[Request, PoliciesInForce]] = []
    for endpoint_id, policy in world.ways_to_s3:
        for role in world.roles:
            for place in _places(bucket, role):
                candidates += [
                    (
                        good(role, action, place, {**context, ENDPOINT: (endpoint_id,)}),
                        role.acting(bucket.policies, endpoint=policy),
                    )
                    for action in ("s3:GetObject", "s3:PutObject")
                ]
    for name, place, source in _delivering_services(bucket):
        delivered = {**context, "aws:SourceAccount": (world.account,), "aws:SourceArn": (source,)}
        candidates.append(
            (
                Request(service(name), "s3:PutObject", place, delivered),
                PoliciesInForce(resource=bucket.policies),
            )
        )
    return Allowed(
        bucket.resource.where, "somebody of ours reads or writes an object", tuple(candidates)
    )


def _places(bucket: Bucket, role: Role) -> list[str]:
    """Name an object under each prefix that a policy names."""
    patterns = {
        pattern.text
        for policy in (*bucket.policies, *role.identity)
        for statement in policy.statements
        if statement.effect is Effect.ALLOW and statement.resources is not None
        for pattern in statement.resources.patterns
        if pattern.text == "*" or pattern.text.startswith(f"{bucket.arn}/")
    }
    return sorted(
        f"{bucket.arn}/object" if text == "*" else text.replace("*", "object") for text in patterns
    )


def _delivering_services(bucket: Bucket) -> Iterator[tuple[str, str, str]]:
    for policy in bucket.policies:
        for statement in policy.statements:
            if statement.effect is not Effect.ALLOW or not (
                statement.principals and statement.resources
            ):
                continue
            source = next(
                (
                    each.values[0].text
                    for each in statement.conditions
                    if each.key == "aws:SourceArn"
                ),
                "arn:aws:s3:::source",
            )
            for name in statement.principals.names:
                for pattern in statement.resources.patterns:
                    if name.kind is NameKind.SERVICE:
                        yield name.value, pattern.text.replace("*", "object"), source
