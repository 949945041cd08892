"""Denies that make a role's credentials useless outside our VPC."""

from __future__ import annotations

from aws_cdk import aws_iam as iam

from mlops_contract.bound_actions import bound
from mlops_contract.callers import callers


def from_our_network(role: str, *, vpc_id: str, region: str) -> list[iam.PolicyStatement]:
    """Refuse what a role calls from inside, by its name, to requests from anywhere else.

    A request over the internet has no ``aws:SourceVpc``, which a negated operator refuses. The id
    of a VPC is unique in its region only, and the region of an endpoint is that of its VPC. What a
    service calls on for the caller has no network of ours.
    """
    elsewhere = {
        "NotFromElsewhere": ("aws:SourceVpc", vpc_id),
        "NotInOtherRegions": ("aws:RequestedRegion", region),
    }
    actions = bound(callers().row_of(role))
    return [
        iam.PolicyStatement(
            sid=sid,
            effect=iam.Effect.DENY,
            actions=list(actions),
            resources=["*"],
            conditions={
                "StringNotEquals": {key: value},
                "BoolIfExists": {"aws:ViaAWSService": "false"},
            },
        )
        for sid, (key, value) in elsewhere.items()
        if actions
    ]
