"""The check that the deployer's policies allow all that CloudFormation calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.policy import PolicyKind
from mlops.bootstrap.needs import CONFIGURES_BUCKETS
from promises.world.documents import read_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iam_prover.request import Request
    from mlops.bootstrap.handler_calls import HandlerCall
    from mlops.bootstrap.policies import DeploymentPolicies
    from promises.world import World


# A bucket's policy is put on it after the bucket is made, and taken off before the bucket goes.
_ON_BARE_BUCKETS = frozenset({*CONFIGURES_BUCKETS, "s3:DeleteBucket"})


def refused(
    world: World, policies: DeploymentPolicies, calls: Iterable[HandlerCall]
) -> Iterator[tuple[HandlerCall, str]]:
    """Yield the calls that are refused, each with the reason."""
    identity = tuple(
        read_policy(document, PolicyKind.IDENTITY, name)
        for name, document in zip(policies.names, policies.documents, strict=True)
    )
    keys = {each.arn: each for each in world.keys}
    buckets = {each.arn: each.policies for each in world.buckets}
    seen: dict[tuple[str, str], str | None] = {}
    for call in calls:
        asked, force = call.request, PoliciesInForce(identity)
        if key := keys.get(asked.resource):
            force = PoliciesInForce(identity, resource=(key.policy,), resource_policy_decides=True)
            asked = _on_key(asked, call, world)
        elif call.handler != "create" and asked.action not in _ON_BARE_BUCKETS:
            force = PoliciesInForce(identity, resource=buckets.get(asked.resource, ()))
        place = (str(asked), call.handler if asked.action.startswith("s3:") else "")
        if place not in seen:
            decision = decide(asked, force)
            seen[place] = None if decision.allowed else decision.reason
        if reason := seen[place]:
            yield call, reason


def _on_key(asked: Request, call: HandlerCall, world: World) -> Request:
    """Add what KMS knows of a call, which the service of the resource makes for the caller."""
    context = {**asked.context, "kms:CallerAccount": (world.account,)}
    if call.service != "kms":
        context["kms:ViaService"] = (f"{call.service}.{world.region}.amazonaws.com",)
        context["kms:GrantIsForAWSResource"] = ("true",)
    return replace(asked, context=context)
