"""A role that a person assumes, for as long as the task lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence


class Persona(Construct):
    """A named role for people of this account.

    `trusted_roles` may assume it without a second factor of IAM's own: roles of an identity
    provider that has asked for one already, since IAM never sees that factor (IAM User Guide,
    ``aws:MultiFactorAuthPresent``). The trust names the account, and so only delegates: a principal
    also needs ``sts:AssumeRole`` on this very role in its own policy. The plain ``Bool`` is false
    for a request without the key, such as one with long-lived access keys alone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role_name: str,
        description: str,
        statements: Sequence[iam.PolicyStatement],
        trusted_roles: Sequence[str] = (),
        managed_policies: Sequence[iam.IManagedPolicy] = (),
        session: cdk.Duration | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            role_name=role_name,
            description=description,
            assumed_by=iam.PrincipalWithConditions(
                iam.AccountRootPrincipal(), {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
            ),
            managed_policies=list(managed_policies),
            max_session_duration=session or cdk.Duration.hours(8),
        )
        if trusted_roles and self.role.assume_role_policy is not None:
            self.role.assume_role_policy.add_statements(
                iam.PolicyStatement(
                    actions=["sts:AssumeRole"],
                    principals=[iam.AccountRootPrincipal()],
                    conditions={"ArnEquals": {"aws:PrincipalArn": list(trusted_roles)}},
                )
            )
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            managed_policy_name=role_name,
            description=description,
            roles=[self.role],
            statements=list(statements),
        )
