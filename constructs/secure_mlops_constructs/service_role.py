"""A role that one AWS service assumes for this account only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence


class ServiceRole(Construct):
    """A named role with its rights in one managed policy.

    The policy is managed, because NIST 800-53 and HIPAA packs (rightly) refuse inline ones, which
    nobody can list in one place. Other constructs get `frozen`, which they cannot add rights to.

    ``aws:SourceAccount`` keeps a service from assuming the role on behalf of somebody else's
    account (IAM User Guide, "The confused deputy problem"). Lambda does not send the key, and
    can only ever assume roles that a function of this account was given through ``iam:PassRole``.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role_name: str,
        service: str,
        description: str,
        statements: Sequence[iam.PolicyStatement],
        managed_policies: Sequence[iam.IManagedPolicy] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        principal = iam.ServicePrincipal(service)
        if service != "lambda.amazonaws.com":
            account = cdk.Stack.of(self).account
            principal = iam.ServicePrincipal(
                service, conditions={"StringEquals": {"aws:SourceAccount": account}}
            )
        self.role = iam.Role(
            self,
            "Role",
            role_name=role_name,
            assumed_by=principal,
            description=description,
            managed_policies=list(managed_policies),
        )
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            managed_policy_name=role_name,
            description=description,
            roles=[self.role],
            statements=list(statements),
        )
        self.frozen = iam.Role.from_role_arn(self, "Frozen", self.role.role_arn, mutable=False)
