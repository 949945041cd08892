"""Names of resources for people: their type in words, and their name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlops.review.findings import count, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promises.world import Resource

_WORDS = {
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::CloudWatch::CompositeAlarm": "composite alarm",
    "AWS::CodeBuild::Project": "build project",
    "AWS::CodeCommit::Repository": "code repository",
    "AWS::CodePipeline::Pipeline": "delivery pipeline",
    "AWS::DynamoDB::Table": "DynamoDB table",
    "AWS::EC2::Subnet": "subnet",
    "AWS::EC2::VPC": "VPC",
    "AWS::EC2::VPCEndpoint": "VPC endpoint",
    "AWS::EC2::SecurityGroup": "security group",
    "AWS::EC2::SecurityGroupEgress": "egress rule",
    "AWS::EC2::SecurityGroupIngress": "ingress rule",
    "AWS::Events::EventBus": "event bus",
    "AWS::Events::Rule": "event rule",
    "AWS::IAM::ManagedPolicy": "policy",
    "AWS::IAM::Policy": "policy",
    "AWS::IAM::Role": "role",
    "AWS::KMS::Alias": "key alias",
    "AWS::KMS::Key": "key",
    "AWS::Lambda::Function": "function",
    "AWS::Lambda::Permission": "function permission",
    "AWS::Logs::LogGroup": "log group",
    "AWS::S3::Bucket": "bucket",
    "AWS::S3::BucketPolicy": "bucket policy",
    "AWS::SNS::Topic": "topic",
    "AWS::SNS::TopicPolicy": "topic policy",
    "AWS::SQS::Queue": "queue",
    "AWS::SQS::QueuePolicy": "queue policy",
    "AWS::SSM::Parameter": "SSM parameter",
    "AWS::SageMaker::ModelPackageGroup": "model package group",
    "AWS::SageMaker::Pipeline": "SageMaker pipeline",
    "AWS::Scheduler::Schedule": "schedule",
    "AWS::Scheduler::ScheduleGroup": "schedule group",
    "Custom::CDKBucketDeployment": "delivery of files",
}
# What people know a resource by, the best first.
_NAMES = (
    *("BucketName", "RoleName", "AlarmName", "QueueName", "TopicName", "FunctionName"),
    *("LogGroupName", "PipelineName", "ModelPackageGroupName", "RepositoryName", "AliasName"),
    *("ManagedPolicyName", "Name"),
)
_HASH = re.compile(r"[0-9A-F]{8}$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def kind_in_words(kind: str) -> str:
    """Name a CloudFormation type."""
    if kind in _WORDS:
        return _WORDS[kind]
    service, _, thing = kind.removeprefix("AWS::").partition("::")
    words = " ".join(_CAMEL.split(thing)).lower()
    return f"custom resource {thing}" if service == "Custom" else f"{service} {words}"


def title(resource: Resource) -> str:
    """Name a resource by type and name, such as "bucket `secure-mlops-dev-data-…`"."""
    kind = kind_in_words(resource.kind)
    if resource.kind == "AWS::EC2::VPCEndpoint":
        service = str(resource.properties.get("ServiceName", ""))
        way = str(resource.properties.get("VpcEndpointType", "Gateway")).lower()
        short = service.partition(f".{resource.arn.split(':')[3]}.")[2]
        return f"{way} endpoint for `{short or service}`"
    given = next(
        (str(resource.properties[each]) for each in _NAMES if resource.properties.get(each)), ""
    )
    return f"{kind} `{given or _HASH.sub('', resource.logical_id)}`"


def titles(names: Sequence[str], most: int = 8) -> str:
    """Join titles as prose does, those of one type together."""
    groups: dict[str, list[str]] = {}
    for each in dict.fromkeys(names):
        kind, _, name = each.partition(" `")
        groups.setdefault(kind, []).append(f"`{name}")
    parts = [
        f"{kind} {members[0]}" if len(members) == 1 else f"{_plural(kind)} {listed(members, most)}"
        for kind, members in groups.items()
    ]
    return listed(parts, 30)


def _plural(kind: str) -> str:
    head, preposition, _ = kind.partition(" for")
    return f"{count(2, head).removeprefix('2 ')}{preposition}"


def property_in_words(path: str) -> str:
    """Write a property's path as words: ``ScheduleExpression`` is "schedule expression"."""
    return " ".join(
        " ".join(_CAMEL.split(part)).lower() if part.isalnum() and not part.isdigit() else part
        for part in path.split(".")
    )
