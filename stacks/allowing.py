"""An Allow statement for roles and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk.aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Sequence


def allow(sid: str, actions: Sequence[str], *resources: str) -> iam.PolicyStatement:
    """Allow actions on resources, without conditions."""
    return iam.PolicyStatement(sid=sid, actions=list(actions), resources=list(resources))
