"""Faults of endpoints, buckets, keys and roles: lost policies or settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mlops_contract.metadata import EXCEPTIONS
from promises.mutation.fault import Fault, changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.mutation.fault import Seeder
    from promises.mutation.templates import Body, Templates

_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_GRANTS = (
    ("iam:PutRolePolicy", "it may write policies"),
    ("iam:PassRole", "it may pass any role"),
    ("iam:DeleteRolePermissionsBoundary", "it may take boundaries away"),
    ("sts:AssumeRole", "it may become any role that trusts it"),
    ("lambda:UpdateFunctionCode", "it may change functions"),
    ("kms:PutKeyPolicy", "it may change key policies"),
    ("s3:PutBucketPolicy", "it may change bucket policies"),
    ("ec2:ModifyVpcEndpoint", "it may change endpoint policies"),
    ("s3:DeleteObjectVersion", "it may delete versions"),
    ("kms:ScheduleKeyDeletion", "it may delete keys"),
    ("sagemaker:CreateTrainingJob", "it may start training without conditions"),
    ("sagemaker:CreateNotebookInstance", "it may start notebooks without conditions"),
    ("sagemaker:CreateLabelingJob", "it may start compute that has no network key"),
)


def _fault(
    kind: str, file: str, name: str, what: str, body: Body | None, *, of_policy: bool = False
) -> Fault:
    where = f"{file.rpartition('/')[2].partition('.')[0]}/{name}"
    return Fault(kind, where, what, file, {name: body}, of_policy)


def _endpoint_policies(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, name, body in templates.resources("AWS::EC2::VPCEndpoint"):
        bare = changed(body, "PolicyDocument", to=None)
        yield _fault(kind, file, name, "AWS's default, all of it", bare, of_policy=True)


def _endpoint_routes(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, name, body in templates.resources("AWS::EC2::VPCEndpoint"):
        if body["Properties"].get("RouteTableIds"):
            cut = changed(body, "RouteTableIds", to=body["Properties"]["RouteTableIds"][1:])
            yield _fault(kind, file, name, "one route table less", cut)


def _bucket_policies(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, name, _ in templates.resources("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
        yield _fault(kind, file, name, "no policy at all", None, of_policy=True)


def _buckets(templates: Templates, kind: str) -> Iterator[Fault]:
    amazons = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    alias = [
        {
            "ServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": "alias/aws/s3",
            }
        }
    ]
    for file, name, body in templates.resources("AWS::S3::Bucket"):
        for what, path, value in (
            ("no default encryption", ("BucketEncryption",), None),
            (
                "default encryption with Amazon's keys",
                ("BucketEncryption", "ServerSideEncryptionConfiguration"),
                amazons,
            ),
            (
                "default encryption with AWS's key of the account",
                ("BucketEncryption", "ServerSideEncryptionConfiguration"),
                alias,
            ),
            ("old versions are not kept", ("VersioningConfiguration",), None),
            ("versioning suspended", ("VersioningConfiguration", "Status"), "Suspended"),
        ):
            yield _fault(kind, file, name, what, changed(body, *path, to=value))


def _exceptions(templates: Templates, kind: str) -> Iterator[Fault]:
    """List exceptions that are too wide: the promise must not believe the table blindly."""
    for file, name, body in templates.resources("AWS::S3::BucketPolicy"):
        rows = body.get("Metadata", {}).get(EXCEPTIONS.name, [])
        for wide in (
            {"principal": "*", "action": "s3:GetObject", "prefix": "raw/", "reason": "seeded"},
            {"principal": "arn:aws:iam::*:role/*", "action": "s3:*", "prefix": "", "reason": "-"},
        ):
            metadata = {**body.get("Metadata", {}), EXCEPTIONS.name: [*rows, wide]}
            fresh = {**body, "Metadata": metadata}
            yield _fault(kind, file, name, f"exempts {wide['principal']}", fresh)


def _boundaries(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, name, body in templates.resources("AWS::IAM::Role"):
        if "PermissionsBoundary" in body["Properties"]:
            bare = changed(body, "PermissionsBoundary", to=None)
            yield _fault(kind, file, name, "no permissions boundary", bare)


def _administrators(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, name, body in templates.resources("AWS::IAM::Role"):
        held = body["Properties"].get("ManagedPolicyArns", [])
        fresh = changed(body, "ManagedPolicyArns", to=[*held, _ADMINISTRATOR])
        yield _fault(kind, file, name, "AdministratorAccess attached", fresh, of_policy=True)


def _grants(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, name, body in templates.resources("AWS::IAM::Role"):
        held = body["Properties"].get("Policies", [])
        for action, what in _GRANTS:
            statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
            document = {"Version": "2012-10-17", "Statement": [statement]}
            policy = {"PolicyName": "seeded", "PolicyDocument": document}
            fresh = changed(body, "Policies", to=[*held, policy])
            yield _fault(kind, file, name, what, fresh, of_policy=True)


SEEDERS: tuple[tuple[str, Seeder], ...] = tuple(
    (kind, partial(seeder, kind=kind))
    for kind, seeder in (
        ("drop an endpoint policy", _endpoint_policies),
        ("drop an endpoint's route", _endpoint_routes),
        ("drop a resource policy", _bucket_policies),
        ("weaken a bucket's settings", _buckets),
        ("widen the table of exceptions", _exceptions),
        ("drop a boundary", _boundaries),
        ("attach AdministratorAccess", _administrators),
        ("grant a dangerous action", _grants),
    )
)
