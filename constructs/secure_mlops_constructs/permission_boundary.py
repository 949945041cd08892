"""A ceiling over roles: the limit of what any of them can be granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.boundary_statements import boundary_statements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secure_mlops_constructs.boundary_statements import Ceiling


class PermissionBoundaries(Construct):
    """Managed policies for `iam.PermissionsBoundary`, named ``<prefix>-<kind>-boundary``.

    A boundary grants nothing. Its Allow is the complete list of actions that any role below it can
    have, SageMaker's among them, so that an action that AWS adds tomorrow is outside. It also caps
    what a bucket's policy grants to a role's ARN (IAM User Guide, "Permissions boundaries for IAM
    entities").
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        prefix: str,
        ceilings: Mapping[str, Ceiling],
    ) -> None:
        super().__init__(scope, construct_id)
        account = cdk.Stack.of(self).account
        self.policies = {
            kind: iam.ManagedPolicy(
                self,
                kind.capitalize(),
                managed_policy_name=f"{prefix}-{kind}-boundary",
                description="The most that a role below it can ever do; grants nothing",
                statements=boundary_statements(account, ceiling),
            )
            for kind, ceiling in ceilings.items()
        }
        self.node.default_child = next(iter(self.policies.values())).node.default_child
        acknowledge(
            self,
            "AwsSolutions-IAM5[Resource::*]",
            reason=(
                "A boundary grants nothing; it caps the roles' own policies, which name their"
                " resources. A Deny beside it refuses changes of all but this environment's."
            ),
        )
