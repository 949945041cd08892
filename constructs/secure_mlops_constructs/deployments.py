"""What deployments from builds in the VPC take of its endpoints."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_iam as iam

# Where proofs and auditors find who gets through: on each endpoint.
DEPLOYMENTS_METADATA = "secure-mlops:deployments"
# How `cdk deploy` uploads what templates refer to (the bootstrap stack's own file-publishing role
# has these and no others on objects, AWS CDK Developer Guide, "Bootstrapping").
PUBLISHING = (
    *("s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetEncryptionConfiguration"),
    *("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
)


@dataclass(frozen=True)
class DeploymentTarget:
    """An environment that builds deploy to.

    Parameters
    ----------
    role_arns : tuple of str
        The roles of the CDK's bootstrap stack there that a deployment takes on.
    """

    account: str
    role_arns: tuple[str, ...]
    publisher_arn: str
    assets_bucket_arn: str


@dataclass(frozen=True)
class Deployments:
    """Who deploys from here, and where to.

    Parameters
    ----------
    builder_arns : tuple of str
        Roles of the builds that deploy.
    """

    account: str
    builder_arns: tuple[str, ...]
    targets: tuple[DeploymentTarget, ...]

    @property
    def elsewhere(self) -> tuple[DeploymentTarget, ...]:
        """Those of other accounts, whose roles no endpoint lets through otherwise."""
        return tuple(each for each in self.targets if each.account != self.account)

    def rows(self) -> dict[str, list[str]]:
        """Give what proofs and auditors read."""
        return {
            "builders": list(self.builder_arns),
            "roles": [arn for each in self.targets for arn in each.role_arns],
            "publishers": [each.publisher_arn for each in self.targets],
        }

    def through(self, api: str) -> list[iam.PolicyStatement]:
        """Write what an interface endpoint lets through for deployments to other accounts.

        Parameters
        ----------
        api : str
            The endpoint service's short name.

        Returns
        -------
        list of PolicyStatement
            None for an API that no deployment calls. Each lets the roles of one account through
            to what that same account owns.
        """
        actions = {"cloudformation": "cloudformation:*", "ssm": "ssm:GetParameter"}.get(api)
        if api == "sts":
            return self._taking_on()
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

    def _taking_on(self) -> list[iam.PolicyStatement]:
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
        """Write what the S3 endpoint lets through: uploads to the CDK's buckets, role by role."""
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
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.AnyPrincipal()],
        actions=list(actions),
        resources=list(resources),
        conditions=conditions,
    )
