"""Statements of policies, as roles and people get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def allow(
    sid: str,
    actions: Sequence[str],
    *resources: str,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> iam.PolicyStatement:
    """Allow actions on resources."""
    return iam.PolicyStatement(
        sid=sid, actions=list(actions), resources=list(resources), conditions=conditions
    )


def pass_role(sid: str, service: str, *arns: str) -> iam.PolicyStatement:
    """Allow passing roles to one service."""
    to_service = {"StringEquals": {"iam:PassedToService": service}}
    return allow(sid, ["iam:PassRole"], *arns, conditions=to_service)


def only(
    sid: str,
    actions: Sequence[str],
    *patterns: str,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[iam.PolicyStatement]:
    """Allow actions on names of a form: a Deny of all others beside it, which rule packs accept."""
    return [
        allow(sid, actions, "*", conditions=conditions),
        iam.PolicyStatement(
            effect=iam.Effect.DENY, actions=list(actions), not_resources=list(patterns)
        ),
    ]
