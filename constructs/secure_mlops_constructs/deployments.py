"""The rights of deployments from builds in the VPC to its endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_contract.metadata import Deployers
from secure_mlops_constructs.endpoint_policy import let_through

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

# How `cdk deploy` uploads what templates refer to (the bootstrap stack's own file-publishing role
# has these and no others on objects, AWS CDK Developer Guide, "Bootstrapping").
PUBLISHING = (
    *("s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetEncryptionConfiguration"),
    *("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
)


@dataclass(frozen=True)
class DeploymentTarget:
    """An environment that builds deploy to."""

    account: str
    role_arns: tuple[str, ...]
    publisher_arn: str
    assets_bucket_arn: str


@dataclass(frozen=True)
class Deployments:
    """The builders of deployments, and their targets."""

    account: str
    builder_arns: tuple[str, ...]
    targets: tuple[DeploymentTarget, ...]

    @property
    def elsewhere(self) -> tuple[DeploymentTarget, ...]:
        """The targets in other accounts, whose roles no endpoint lets through otherwise."""
        return tuple(each for each in self.targets if each.account != self.account)

    def declared(self) -> Deployers:
        """Return the record for proofs and auditors."""
        return Deployers(
            self.builder_arns,
            tuple(arn for each in self.targets for arn in each.role_arns),
            tuple(each.publisher_arn for each in self.targets),
        )

    def through(self, api: str) -> list[iam.PolicyStatement]:
        """Write an interface endpoint's statements for deployments to other accounts."""
        actions = {"cloudformation": "cloudformation:*", "ssm": "ssm:GetParameter"}.get(api)
        if api == "sts":
            return self._role_chain()
        if actions is None:
            return []
        return [
            _allow(
                f"DeploymentsTo{each.account}",
                (actions,),
                ("*",),
                each.role_arns,
                {"aws:ResourceAccount": each.account},
            )
            for each in self.elsewhere
        ]

    def _role_chain(self) -> list[iam.PolicyStatement]:
        arns = tuple(arn for each in self.elsewhere for arn in each.role_arns)
        if not arns:
            return []
        return [
            *(
                _allow(
                    f"BuildsTakeOnRolesIn{each.account}",
                    ("sts:AssumeRole",),
                    each.role_arns,
                    self.builder_arns,
                    {"aws:ResourceAccount": each.account},
                )
                for each in self.elsewhere
            ),
            _allow("BootstrapRolesAskWhoTheyAre", ("sts:GetCallerIdentity",), ("*",), arns),
        ]

    def publishing(self) -> list[iam.PolicyStatement]:
        """Write the S3 endpoint's statements: uploads to the CDK's buckets, role by role."""
        return [
            _allow(
                f"PublishedTo{number}",
                PUBLISHING,
                (each.assets_bucket_arn, f"{each.assets_bucket_arn}/*"),
                (each.publisher_arn,),
                {"aws:ResourceAccount": each.account},
            )
            for number, each in enumerate(self.targets, start=1)
        ]


def _allow(
    sid: str,
    actions: tuple[str, ...],
    resources: tuple[str, ...],
    principal_arns: tuple[str, ...],
    equal: dict[str, str] | None = None,
) -> iam.PolicyStatement:
    conditions: dict[str, object] = {"ArnEquals": {"aws:PrincipalArn": list(principal_arns)}}
    if equal:
        conditions["StringEquals"] = equal
    return let_through(sid, actions, resources, conditions)
