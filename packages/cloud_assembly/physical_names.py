"""Names that a local deployment gives to resources, and its resolver.

A name in the template stands. What CloudFormation would invent is derived from stack and logical
id, so that two runs agree, in the shape that the AWS APIs ask for (botocore's patterns).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cloud_assembly.arn_forms import ARN_FORMS
from cloud_assembly.intrinsics import Resolver
from cloud_assembly.resource_values import PhysicalResource, StrictValues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloud_assembly.resource_values import Reader
    from cloud_assembly.stack import Stack

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

# Types whose Ref is the ARN, not the name.
_REF_IS_ARN = frozenset(
    {"AWS::SNS::Topic", "AWS::IAM::ManagedPolicy", "AWS::SageMaker::ModelPackageGroup"}
)

# Service and resource of the ARN, and whether it has region and account.
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


class _GuessedValues(StrictValues):
    """Plausible values for a local deployment, where nothing is proved with them."""

    def resource(
        self, stack: Stack, logical_id: str, kind: str, properties: Mapping[str, Any]
    ) -> PhysicalResource:
        form = ARN_FORMS.get(kind)
        chosen = properties.get(form.name_property) if form else None
        name = str(chosen) if chosen else _invented_name(stack, logical_id, kind)
        arn = _arn(stack, kind, name, str(properties.get("Path", "/")))
        return PhysicalResource(name, arn, arn if kind in _REF_IS_ARN else name)

    def attribute(self, resolver: Reader, stack: Stack, logical_id: str, attribute: str) -> Any:
        resource, body = resolver.resource(stack, logical_id), resolver.body(stack, logical_id)
        written = body.get("Properties", {})
        if attribute.endswith("Arn"):
            return resource.arn
        if attribute in ("GroupId", "VpcId", "SubnetId", "Id", "KeyId", "Name"):
            own_id = attribute != "VpcId" or body["Type"] == "AWS::EC2::VPC"
            return resource.name if own_id else resolver.resolve(written["VpcId"], stack)
        if attribute in written:
            return resolver.resolve(written[attribute], stack)
        return f"{resource.name}-{attribute.lower().replace('.', '-')}"

    def parameter(self, _stack: Stack, _name: str, _kind: str, path: str) -> str:
        return path

    def stack_suffix(self, _stack: Stack) -> str:
        return "local"

    def zones(self, _stack: Stack, region: str) -> list[str]:
        return [f"{region}{letter}" for letter in "abc"]


class LocalResolver(Resolver):
    """A resolver that invents names, for a local deployment."""

    values = _GuessedValues()
