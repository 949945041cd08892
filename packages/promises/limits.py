"""Documented limits of resources, checked on their resolved properties."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.world import Resource, World


@dataclass(frozen=True)
class Limit:
    """The most that AWS takes of one property; `counts` elements, else characters as JSON."""

    kind: str
    property: str
    most: int
    source: str
    counts: bool = False


IAM = "IAM User Guide, IAM and AWS STS quotas"
MANAGED_POLICY = 6_144  # characters, white space not counted
LIMITS = (
    Limit("AWS::S3::BucketPolicy", "PolicyDocument", 20_480, "S3 User Guide, bucket policies"),
    Limit("AWS::IAM::ManagedPolicy", "PolicyDocument", MANAGED_POLICY, IAM),
    Limit("AWS::IAM::ManagedPolicy", "ManagedPolicyName", 128, IAM),
    Limit("AWS::IAM::Role", "AssumeRolePolicyDocument", 2_048, IAM),
    Limit("AWS::IAM::Role", "Policies", 10_240, IAM),
    Limit("AWS::IAM::Role", "ManagedPolicyArns", 10, IAM, counts=True),
    Limit("AWS::IAM::Role", "RoleName", 64, IAM),
    Limit("AWS::IAM::Role", "Description", 1_000, IAM),
    Limit("AWS::KMS::Key", "KeyPolicy", 32_768, "KMS Developer Guide, resource quotas"),
    Limit("AWS::KMS::Alias", "AliasName", 256, "KMS API Reference, CreateAlias"),
    Limit("AWS::EC2::VPCEndpoint", "PolicyDocument", 20_480, "AWS PrivateLink quotas"),
    Limit("AWS::S3::Bucket", "BucketName", 63, "S3 User Guide, bucket naming rules"),
    Limit("AWS::Lambda::Function", "FunctionName", 64, "Lambda API Reference, CreateFunction"),
    Limit("AWS::SQS::Queue", "QueueName", 80, "SQS Developer Guide, quotas related to queues"),
    Limit("AWS::SNS::Topic", "TopicName", 256, "SNS API Reference, CreateTopic"),
    Limit("AWS::Events::Rule", "Name", 64, "EventBridge API Reference, PutRule"),
    Limit("AWS::Events::Rule", "EventPattern", 2_048, "EventBridge User Guide, quotas"),
    Limit("AWS::Events::Rule", "Targets", 5, "EventBridge User Guide, quotas", counts=True),
    Limit("AWS::Scheduler::Schedule", "Name", 64, "Scheduler API Reference, CreateSchedule"),
    Limit("AWS::SSM::Parameter", "Value", 4_096, "Systems Manager quotas, standard parameters"),
    Limit("AWS::CloudWatch::Alarm", "AlarmName", 255, "CloudWatch API Reference, PutMetricAlarm"),
    Limit("AWS::Logs::LogGroup", "LogGroupName", 512, "Logs API Reference, CreateLogGroup"),
    Limit("AWS::SageMaker::Pipeline", "PipelineName", 256, "SageMaker API, CreatePipeline"),
    Limit(
        "AWS::SageMaker::ModelPackageGroup",
        "ModelPackageGroupName",
        63,
        "SageMaker API, CreateModelPackageGroup",
    ),
)
# What AWS gives an id only in a deployment: as long as that of a key, the longest among ours.
_OPEN = re.compile(r"\+[\w.@-]+\+")
_ID = "0" * 36
TEMPLATE, RESOURCES = 1_048_576, 500  # CloudFormation User Guide, quotas


@dataclass(frozen=True)
class Beyond:
    """Something of a resource that AWS would refuse for its size."""

    where: str
    what: str
    size: int
    limit: int
    source: str

    def __str__(self) -> str:
        """Render it for messages."""
        return (
            f"{self.where}: {self.what} has {self.size:,}, and AWS takes {self.limit:,}"
            f" ({self.source})"
        )


def beyond_limits(world: World) -> Iterator[Beyond]:
    """Yield what is beyond a limit."""
    yield from (each for each in measured(world) if each.size > each.limit)
    for stack in world.stacks:
        for what, size, most in (
            ("the template", len(json.dumps(stack.template)), TEMPLATE),
            ("the template's list of resources", len(stack.resources), RESOURCES),
        ):
            if size > most:
                yield Beyond(stack.name, what, size, most, "CloudFormation User Guide, quotas")


def measured(world: World) -> Iterator[Beyond]:
    """Yield the size of everything that has a limit."""
    for each in world.resources:
        for limit in LIMITS:
            if limit.kind == each.kind and limit.property in each.properties:
                size = _size(each, limit)
                yield Beyond(each.where, limit.property, size, limit.most, limit.source)


def _size(resource: Resource, limit: Limit) -> int:
    value: Any = resource.properties[limit.property]
    if limit.counts:
        return len(value)
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return len(_OPEN.sub(_ID, text))
