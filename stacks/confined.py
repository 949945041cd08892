"""Rights on what is known by the form of its name only."""

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
    """Allow actions on what has a name of a certain form, in two statements.

    The rule packs want every pattern of names in an Allow excused one by one; written as a Deny
    of everything else it means the same and needs no excuse.
    """
    return [
        iam.PolicyStatement(sid=sid, actions=list(actions), resources=["*"], conditions=conditions),
        iam.PolicyStatement(
            effect=iam.Effect.DENY, actions=list(actions), not_resources=list(patterns)
        ),
    ]
