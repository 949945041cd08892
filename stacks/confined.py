"""Rights on resources that are known by the form of their names only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def only(
    sid: str,
    actions: Sequence[str],
    *patterns: str,
    conditions: Mapping[str, object] | None = None,
) -> list[iam.PolicyStatement]:
    """Allow actions on names of a form: a Deny of all others beside it, which rule packs accept."""
    return [
        iam.PolicyStatement(sid=sid, actions=list(actions), resources=["*"], conditions=conditions),
        iam.PolicyStatement(
            effect=iam.Effect.DENY, actions=list(actions), not_resources=list(patterns)
        ),
    ]
