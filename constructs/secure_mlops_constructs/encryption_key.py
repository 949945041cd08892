"""A customer managed key that only named roles use, and only through named services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

# What administering a key takes; none of it encrypts, decrypts or grants.
ADMINISTRATION = (
    *("kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey"),
    *("kms:EnableKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"),
    *("kms:ListGrants", "kms:ListKeyPolicies"),
    *("kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RevokeGrant"),
    *("kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription"),
)
# What makes everything under a key unreadable: not part of administering it.
DELETION = ("kms:DisableKey", "kms:ScheduleKeyDeletion")
READ_AND_WRITE = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")


@dataclass(frozen=True)
class KeyUse:
    """One line of a key's policy: roles that use the key through services.

    Parameters
    ----------
    services : tuple of str
        Short names, such as ``s3`` and ``sagemaker``.
    for_aws_resource : bool
        Whether the actions are grants, which must then be for a resource that AWS runs.
    account : str, optional
        The roles' account; the stack's by default.
    content_arns : tuple of str
        Patterns of the S3 content that may be decrypted, as S3 names it in the encryption context;
        any by default.
    """

    role_arns: tuple[str, ...]
    services: tuple[str, ...]
    actions: tuple[str, ...] = READ_AND_WRITE
    for_aws_resource: bool = False
    account: str | None = None
    content_arns: tuple[str, ...] = ()


class EncryptionKey(Construct):
    """A rotating key with an alias, which only `deleter_arns` disable or delete.

    `maker_arn` is the role that makes it and switches rotation on, right after the creation: no tag
    of the key counts by then, so its policy, which is part of the creation, names the role.

    A role also needs the right in its own policy: the key's policy names the account with
    conditions, so that it does not depend on the roles existing.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alias: str,
        description: str,
        uses: Sequence[KeyUse],
        service_statements: Sequence[iam.PolicyStatement] = (),
        deleter_arns: Sequence[str],
        maker_arn: str,
        keep: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        administration = iam.PolicyStatement(
            sid="Administration",
            principals=[iam.AccountRootPrincipal()],
            actions=list(ADMINISTRATION),
            resources=["*"],
        )
        deletion = iam.PolicyStatement(
            sid="Deletion",
            principals=[iam.AccountRootPrincipal()],
            actions=list(DELETION),
            resources=["*"],
            conditions={"ArnEquals": {"aws:PrincipalArn": list(deleter_arns)}},
        )
        rotation = iam.PolicyStatement(
            sid="Rotation",
            principals=[iam.AccountRootPrincipal()],
            actions=["kms:EnableKeyRotation"],
            resources=["*"],
            conditions={"ArnEquals": {"aws:PrincipalArn": maker_arn}},
        )
        statements = [
            administration,
            rotation,
            deletion,
            *(self._use(use, number) for number, use in enumerate(uses, start=1)),
            *service_statements,
        ]
        self.key = kms.Key(
            self,
            "Key",
            alias=alias,
            description=description,
            enable_key_rotation=True,
            pending_window=cdk.Duration.days(30),
            policy=iam.PolicyDocument(statements=statements),
            removal_policy=cdk.RemovalPolicy.RETAIN if keep else cdk.RemovalPolicy.DESTROY,
        )

    def _use(self, use: KeyUse, number: int) -> iam.PolicyStatement:
        stack = cdk.Stack.of(self)
        via = [f"{service}.{stack.region}.amazonaws.com" for service in use.services]
        account = use.account or stack.account
        conditions: dict[str, object] = {
            "StringEquals": {"kms:CallerAccount": account, "kms:ViaService": via},
            "ArnEquals": {"aws:PrincipalArn": list(use.role_arns)},
        }
        if use.for_aws_resource:
            conditions["Bool"] = {"kms:GrantIsForAWSResource": "true"}
        if use.content_arns:
            conditions["StringLike"] = {"kms:EncryptionContext:aws:s3:arn": list(use.content_arns)}
        return iam.PolicyStatement(
            sid=f"Use{number}",
            principals=[iam.AccountPrincipal(account)],
            actions=list(use.actions),
            resources=["*"],
            conditions=conditions,
        )
