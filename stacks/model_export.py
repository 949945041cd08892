"""The rights of the next environment's importer, one role, to read models here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from mlops_contract.metadata import PROMOTES_TO, PromotionReader
from secure_mlops_constructs.bucket_perimeter import PerimeterException
from secure_mlops_constructs.encryption_key import KeyUse
from secure_mlops_constructs.metadata import declare
from stacks import roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aws_cdk as cdk
    from aws_cdk import aws_s3 as s3

    from environments.promotion import Neighbour

# What belongs to versions: artefacts and baselines, by the purpose of their bucket and its key.
READ = {"models": "models/", "artifacts": "baselines/"}
SEEING = ("sagemaker:DescribeModelPackage",)


def importer_arn(stack: cdk.Stack, after: Neighbour) -> str:
    """Name the one role of the next environment that reads models here."""
    return f"arn:{stack.partition}:iam::{after.account}:role/{after.prefix}-{roles.IMPORTER}"


def key_use(stack: cdk.Stack, after: Neighbour, purpose: str, bucket: str) -> KeyUse:
    """Let the importer decrypt what it reads, through S3, and nothing else under that key."""
    return KeyUse(
        (importer_arn(stack, after),),
        ("s3",),
        actions=("kms:Decrypt",),
        account=after.account,
        content_arns=contents(stack.partition, bucket, purpose),
    )


def contents(partition: str, bucket: str, purpose: str) -> tuple[str, str]:
    """Return the encryption contexts of S3: of a bucket's key, or of an object's."""
    arn = f"arn:{partition}:s3:::{bucket}"
    return (arn, f"{arn}/{READ[purpose]}*")


def open_bucket(stack: cdk.Stack, after: Neighbour, purpose: str, bucket: s3.Bucket) -> None:
    """Let the importer's account, on condition of its role, read models, and declare it."""
    objects = f"arn:{stack.partition}:s3:::{bucket.bucket_name}/{READ[purpose]}*"
    bucket.add_to_resource_policy(
        _grant(stack, after, "GoesOn", ("s3:GetObject",), [objects]),
    )
    row = PromotionReader(after.name, after.account, importer_arn(stack, after), READ[purpose])
    declare(bucket, PROMOTES_TO, row)


def exceptions(
    stack: cdk.Stack, after: Neighbour | None, purpose: str
) -> tuple[PerimeterException, ...]:
    """Let the importer through a bucket's perimeter: its endpoint is another VPC's."""
    if after is None:
        return ()
    return (
        PerimeterException(
            kind="role",
            principal=importer_arn(stack, after),
            action="s3:GetObject",
            prefix=READ[purpose],
            reason=f"Promotion to {after.name}, whose importer comes through its own endpoint",
        ),
    )


def group_policy(stack: cdk.Stack, after: Neighbour, group: str) -> iam.PolicyDocument:
    """Let the importer see the versions of a group."""
    here = f"arn:{stack.partition}:sagemaker:{stack.region}:{stack.account}"
    versions = [f"{here}:model-package/{group}/*"]
    return iam.PolicyDocument(statements=[_grant(stack, after, "GoesOn", SEEING, versions)])


def _grant(
    stack: cdk.Stack, after: Neighbour, sid: str, actions: Sequence[str], resources: Sequence[str]
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.AccountPrincipal(after.account)],
        actions=list(actions),
        resources=list(resources),
        conditions={"ArnEquals": {"aws:PrincipalArn": importer_arn(stack, after)}},
    )
