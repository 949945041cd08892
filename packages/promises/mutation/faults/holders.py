"""Faults of endpoints, buckets, keys and roles: lost policies or settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mlops_contract.metadata import DEPLOYMENTS, EXCEPTIONS
from promises.mutation.fault import ACCOUNT, changed, in_resources, seeders
from promises.mutation.templates import SWITCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from promises.mutation.templates import Body, Templates

    _Changes = Iterator[tuple[str, str, str, Mapping[str, Body | None]]]

_DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/cdk-x-deploy-role-{ACCOUNT}-eu-central-1"
_BY_AWS = "arn:aws:iam::aws:policy"
# Policies that no template holds: AWS's, of which a table has the text, and one that nobody sees.
_ATTACHED = {
    "attach AdministratorAccess": (f"{_BY_AWS}/AdministratorAccess",),
    "attach a policy of AWS's": (
        f"{_BY_AWS}/AmazonS3FullAccess",
        f"{_BY_AWS}/ReadOnlyAccess",
        f"{_BY_AWS}/service-role/AWSLambdaBasicExecutionRole",
    ),
    "attach a policy that no template has": (f"arn:aws:iam::{ACCOUNT}:policy/unseen",),
}
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


def _endpoint_policies(templates: Templates) -> _Changes:
    for file, name, body in templates.resources("AWS::EC2::VPCEndpoint"):
        bare = changed(body, "PolicyDocument", to=None)
        yield file, name, "AWS's default, all of it", {name: bare}


def _endpoint_routes(templates: Templates) -> _Changes:
    for file, name, body in templates.resources("AWS::EC2::VPCEndpoint"):
        if body["Properties"].get("RouteTableIds"):
            cut = changed(body, "RouteTableIds", to=body["Properties"]["RouteTableIds"][1:])
            yield file, name, "one route table less", {name: cut}


def _bucket_policies(templates: Templates) -> _Changes:
    for file, name, _ in templates.resources("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
        yield file, name, "no policy at all", {name: None}


def _conditional(templates: Templates) -> _Changes:
    """Hang a policy on a value that the deployment gives: without it, there is none."""
    for file, name, body in templates.resources("AWS::S3::BucketPolicy"):
        document = body["Properties"]["PolicyDocument"]
        parts = [
            {"Fn::If": [SWITCH, each, {"Ref": "AWS::NoValue"}]} for each in document["Statement"]
        ]
        hung = {**document, "Statement": parts}
        yield file, name, "its statements", {name: changed(body, "PolicyDocument", to=hung)}
        yield file, name, "all of it", {name: {**body, "Condition": SWITCH}}


def _default(rule: Body) -> list[Body]:
    return [{"ServerSideEncryptionByDefault": rule}]


def _buckets(templates: Templates) -> _Changes:
    amazons = {"SSEAlgorithm": "AES256"}
    alias = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/aws/s3"}
    encryption = ("BucketEncryption", "ServerSideEncryptionConfiguration")
    for file, name, body in templates.resources("AWS::S3::Bucket"):
        for what, path, value in (
            ("no default encryption", ("BucketEncryption",), None),
            ("default encryption with Amazon's keys", encryption, _default(amazons)),
            ("default encryption with AWS's key of the account", encryption, _default(alias)),
            ("old versions are not kept", ("VersioningConfiguration",), None),
            ("versioning suspended", ("VersioningConfiguration", "Status"), "Suspended"),
        ):
            yield file, name, what, {name: changed(body, *path, to=value)}


def _exceptions(templates: Templates) -> _Changes:
    """List exceptions that are too wide: the promise must not believe the table blindly."""
    for file, name, body in templates.resources("AWS::S3::BucketPolicy"):
        rows = body.get("Metadata", {}).get(EXCEPTIONS.name, [])
        for wide in (
            {"principal": "*", "action": "s3:GetObject", "prefix": "raw/", "reason": "seeded"},
            {"principal": "arn:aws:iam::*:role/*", "action": "s3:*", "prefix": "", "reason": "-"},
        ):
            metadata = {**body.get("Metadata", {}), EXCEPTIONS.name: [*rows, wide]}
            fresh = {**body, "Metadata": metadata}
            yield file, name, f"exempts {wide['principal']}", {name: fresh}


def _deployers(templates: Templates) -> _Changes:
    """Declare that builds deploy by a role of another account."""
    for file, name, body in templates.resources("AWS::EC2::VPCEndpoint"):
        if rows := body.get("Metadata", {}).get(DEPLOYMENTS.name):
            more = {**rows, "roles": [*rows["roles"], _DEPLOYER]}
            fresh = {**body, "Metadata": {**body["Metadata"], DEPLOYMENTS.name: more}}
            yield file, name, _DEPLOYER, {name: fresh}


def _boundaries(templates: Templates) -> _Changes:
    for file, name, body in templates.resources("AWS::IAM::Role"):
        if "PermissionsBoundary" in body["Properties"]:
            bare = changed(body, "PermissionsBoundary", to=None)
            yield file, name, "no permissions boundary", {name: bare}


def _ending_keys(templates: Templates) -> _Changes:
    for file, name, body in templates.resources("AWS::KMS::Key"):
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            yield file, name, f"{policy} Delete", {name: {**body, policy: "Delete"}}
        yield file, name, "switched off", {name: changed(body, "Enabled", to=False)}


def _from_its_side(templates: Templates) -> _Changes:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    for file, name, _ in templates.resources("AWS::IAM::Role"):
        properties = {"PolicyDocument": document, "Roles": [{"Ref": name}]}
        policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
        yield file, name, "a managed policy that names the role", {"Seeded": policy}


def _attached(arns: Sequence[str], templates: Templates) -> _Changes:
    for file, name, body in templates.resources("AWS::IAM::Role"):
        held = body["Properties"].get("ManagedPolicyArns", [])
        for arn in arns:
            fresh = changed(body, "ManagedPolicyArns", to=[*held, arn])
            yield file, name, f"{arn.rpartition('/')[2]} attached", {name: fresh}


def _grants(templates: Templates) -> _Changes:
    for file, name, body in templates.resources("AWS::IAM::Role"):
        held = body["Properties"].get("Policies", [])
        for action, what in _GRANTS:
            statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
            document = {"Version": "2012-10-17", "Statement": [statement]}
            policy = {"PolicyName": "seeded", "PolicyDocument": document}
            fresh = changed(body, "Policies", to=[*held, policy])
            yield file, name, what, {name: fresh}


_in_policies = partial(in_resources, of_policy=True)
SEEDERS = (
    *seeders(_in_policies, ("drop an endpoint policy", _endpoint_policies)),
    *seeders(in_resources, ("drop an endpoint's route", _endpoint_routes)),
    *seeders(_in_policies, ("drop a resource policy", _bucket_policies)),
    *seeders(in_resources, ("hang a policy on a parameter", _conditional)),
    *seeders(in_resources, ("weaken a bucket's settings", _buckets)),
    *seeders(in_resources, ("widen the table of exceptions", _exceptions)),
    *seeders(in_resources, ("declare a deployer", _deployers)),
    *seeders(in_resources, ("drop a boundary", _boundaries)),
    *seeders(in_resources, ("let keys end with their stack", _ending_keys)),
    *seeders(_in_policies, ("attach a policy from its side", _from_its_side)),
    *seeders(_in_policies, *((kind, partial(_attached, arns)) for kind, arns in _ATTACHED.items())),
    *seeders(_in_policies, ("grant a dangerous action", _grants)),
)
