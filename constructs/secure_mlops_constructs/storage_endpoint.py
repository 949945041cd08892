"""The policy of the S3 endpoint: our buckets, and AWS's own few that jobs and builds need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_contract.aws_buckets import layer_bucket, package_bucket, response_bucket
from secure_mlops_constructs.endpoint_policy import let_through

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam

    from secure_mlops_constructs.foreign_models import ForeignModels

OBJECTS = (
    *("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:GetObjectTagging"),
    *("s3:GetObjectVersion", "s3:ListMultipartUploadParts", "s3:PutObject"),
    "s3:PutObjectTagging",
)
BUCKETS = (
    *("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
    "s3:ListBucketVersions",
)


def storage_endpoint_statements(
    *,
    account: str,
    region: str,
    partition: str,
    own_buckets: Sequence[str],
    assets_bucket: str,
    break_glass_arn: str,
    foreign_models: ForeignModels | None = None,
) -> list[iam.PolicyStatement]:
    """Write the policy of the S3 gateway endpoint.

    Ours by name *and* account, so that a bucket deleted here and made anew by somebody else is not
    reachable; AWS's by name. Only CloudFormation's bucket for responses is written to, and only
    with a URL that CloudFormation has signed: our own credentials in a header do not pass.
    """

    def arn(name: str) -> str:
        return f"arn:{partition}:s3:::{name}"

    ours = {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}
    packages = package_bucket(region)
    read = [layer_bucket(region), *([packages] if packages else [])]
    return [
        let_through(
            "OurObjects",
            OBJECTS,
            [f"{arn(name)}/*" for name in own_buckets],
            {"StringEquals": ours},
        ),
        *([foreign_models.reading()] if foreign_models else []),
        let_through(
            "OurBuckets", BUCKETS, [arn(name) for name in own_buckets], {"StringEquals": ours}
        ),
        let_through(
            "VersionsByBreakGlass",
            ("s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"),
            [f"{arn(name)}/*" for name in own_buckets],
            {"StringEquals": ours, "ArnEquals": {"aws:PrincipalArn": break_glass_arn}},
        ),
        let_through(
            "AssetsOfTheCdk",
            ("s3:GetObject", "s3:GetBucketLocation", "s3:ListBucket"),
            [arn(assets_bucket), f"{arn(assets_bucket)}/*"],
            {"StringEquals": ours},
        ),
        let_through(
            "ReadOnlyOfAws",
            ("s3:GetObject",),
            [f"{arn(name)}/*" for name in read],
        ),
        let_through(
            "AnswersToCloudFormation",
            ("s3:PutObject",),
            [f"{arn(response_bucket(region))}/*"],
            {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}},
        ),
    ]
