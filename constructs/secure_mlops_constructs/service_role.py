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
    account, ``aws:SourceArn`` on behalf of the account's other resources (IAM User Guide, "The
    confused deputy problem"). Lambda does not send either key, and can only ever assume roles that
    a function of this account was given through ``iam:PassRole``.

    Parameters
    ----------
    sources : sequence of str
        Patterns of the ARNs for which the service assumes the role. Empty where it does not send
        ``aws:SourceArn``, or where AWS makes up the names in it.
    external_ids : sequence of str
        What Redshift gives in ``sts:ExternalId``, and nothing else: the ARNs of the database users
        for whom it works (Redshift Management Guide, "Restricting access to IAM roles").
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
        sources: Sequence[str] = (),
        external_ids: Sequence[str] = (),
        managed_policies: Sequence[iam.IManagedPolicy] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        principal = iam.ServicePrincipal(service)
        if service != "lambda.amazonaws.com":
            asked: dict[str, object] = {
                "StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}
            }
            if sources:  # These ARNs have the account.
                asked = {"ArnLike": {"aws:SourceArn": list(sources)}}
            if external_ids:
                asked = {"StringEquals": {"sts:ExternalId": list(external_ids)}}
            principal = iam.ServicePrincipal(service, conditions=asked)
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
