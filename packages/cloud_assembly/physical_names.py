"""The names that a local deployment gives to resources.

A name written in the template stands. Anything CloudFormation would invent is derived from the
stack and the logical id, so that two runs agree, and has the shape that the AWS APIs ask for
(botocore's patterns: `subnet-[0-9a-f]{17}`, key ARNs with a UUID, …).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloud_assembly.cloud_assembly import Stack

# EC2 gives ids, not names: prefix and 17 hexadecimal digits.
_EC2_PREFIXES = {
    "AWS::EC2::VPC": "vpc",
    "AWS::EC2::Subnet": "subnet",
    "AWS::EC2::SecurityGroup": "sg",
    "AWS::EC2::VPCEndpoint": "vpce",
    "AWS::EC2::RouteTable": "rtb",
    "AWS::EC2::FlowLog": "fl",
    "AWS::EC2::NetworkAcl": "acl",
}

# The property that holds the name, where a type lets the template choose it.
_NAME_PROPERTIES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::SSM::Parameter": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Events::Rule": "Name",
    "AWS::Events::EventBus": "Name",
    "AWS::SageMaker::Pipeline": "PipelineName",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupName",
}

# Types whose Ref is the ARN, not the name.
_REF_IS_ARN = frozenset(
    {"AWS::SNS::Topic", "AWS::IAM::ManagedPolicy", "AWS::SageMaker::ModelPackageGroup"}
)

# What stands after account in the ARN, and whether the ARN carries region and account.
_ARN_TAILS = {
    "AWS::S3::Bucket": ("s3", False, False, "{name}"),
    "AWS::IAM::Role": ("iam", False, True, "role{path}{name}"),
    "AWS::IAM::ManagedPolicy": ("iam", False, True, "policy{path}{name}"),
    "AWS::KMS::Key": ("kms", True, True, "key/{name}"),
    "AWS::SNS::Topic": ("sns", True, True, "{name}"),
    "AWS::SQS::Queue": ("sqs", True, True, "{name}"),
    "AWS::Lambda::Function": ("lambda", True, True, "function:{name}"),
    "AWS::Logs::LogGroup": ("logs", True, True, "log-group:{name}:*"),
    "AWS::Events::Rule": ("events", True, True, "rule/{name}"),
    "AWS::Events::EventBus": ("events", True, True, "event-bus/{name}"),
    "AWS::SageMaker::Pipeline": ("sagemaker", True, True, "pipeline/{name}"),
    "AWS::SageMaker::ModelPackageGroup": ("sagemaker", True, True, "model-package-group/{name}"),
}


@dataclass(frozen=True)
class PhysicalResource:
    """A resource as it is known after the deployment."""

    name: str
    arn: str
    ref: str


def physical_resource(
    stack: Stack, logical_id: str, resource_type: str, properties: Mapping[str, object]
) -> PhysicalResource:
    """Name a resource; `properties` are those of the template, already resolved."""
    given = properties.get(_NAME_PROPERTIES.get(resource_type, ""))
    name = str(given) if given else _invented_name(stack, logical_id, resource_type)
    arn = _arn(stack, resource_type, name, str(properties.get("Path", "/")))
    return PhysicalResource(name, arn, arn if resource_type in _REF_IS_ARN else name)


def _invented_name(stack: Stack, logical_id: str, resource_type: str) -> str:
    digest = hashlib.sha256(f"{stack.account}/{stack.name}/{logical_id}".encode()).hexdigest()
    if resource_type in _EC2_PREFIXES:
        return f"{_EC2_PREFIXES[resource_type]}-{digest[:17]}"
    if resource_type == "AWS::KMS::Key":
        return str(UUID(digest[:32], version=4))
    if resource_type == "AWS::S3::Bucket":
        return f"{stack.name.lower()[:24]}-{logical_id.lower()[:24]}-{digest[:12]}"
    return f"{stack.name[:24]}-{logical_id[:24]}-{digest[:12].upper()}"


def _arn(stack: Stack, resource_type: str, name: str, path: str) -> str:
    service = resource_type.split("::")[1].lower() if "::" in resource_type else "custom"
    service, has_region, has_account, tail = _ARN_TAILS.get(
        resource_type, (service, True, True, "{name}")
    )
    region = stack.region if has_region else ""
    account = stack.account if has_account else ""
    tail = tail.format(name=name, path=path)
    return f"arn:{stack.partition}:{service}:{region}:{account}:{tail}"
