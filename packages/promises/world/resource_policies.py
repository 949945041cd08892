"""Collect the policies of resources that are neither buckets nor keys nor endpoints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from iam_prover.policy import Policy, PolicyKind
from promises.world.documents import read_policy
from promises.world.open_properties import document, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from promises.world.model import Resource

# Which property of which type of resource is a policy document.
# Source: CloudFormation template reference.
_DOCUMENTS = {
    **{f"AWS::SQS::Queue{end}": "PolicyDocument" for end in ("Policy", "InlinePolicy")},
    **{f"AWS::SNS::Topic{end}": "PolicyDocument" for end in ("Policy", "InlinePolicy")},
    "AWS::Events::EventBus": "Policy",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::ECR::RegistryPolicy": "PolicyText",
    "AWS::CodeArtifact::Domain": "PermissionsPolicyDocument",
    "AWS::CodeArtifact::Repository": "PermissionsPolicyDocument",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupPolicy",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::S3::AccessPoint": "Policy",
    "AWS::Logs::ResourcePolicy": "PolicyDocument",
    "AWS::Logs::Destination": "DestinationPolicy",
    "AWS::Logs::LogGroup": "ResourcePolicyDocument",
    "AWS::DynamoDB::Table": "ResourcePolicy.PolicyDocument",
    "AWS::Backup::BackupVault": "AccessPolicy",
    "AWS::EFS::FileSystem": "FileSystemPolicy",
    "AWS::ApiGateway::RestApi": "Policy",
}
_BUS_POLICY = "AWS::Events::EventBusPolicy"


def other_policies_of(resources: Iterable[Resource]) -> Iterator[tuple[Resource, Policy]]:
    """Read the resource policies of queues, topics, buses, repositories, packages and others."""
    for each in resources:
        body = _bus_policy(each) if each.kind == _BUS_POLICY else _document(each)
        if body is not None:
            yield each, read_policy(body, PolicyKind.RESOURCE, each.where)


def _document(resource: Resource) -> Any:
    value: Any = resource.properties
    for name in _DOCUMENTS.get(resource.kind, "").split("."):
        value = document(value, name) if isinstance(value, dict) else None
    return value


def _bus_policy(resource: Resource) -> dict[str, Any] | None:
    """Return a bus's statement, or the older form that names an account, as a document."""
    given = plain(resource.properties)
    statement = given.get("Statement")
    if statement is None:
        who = given.get("Principal")
        statement = {
            "Effect": "Allow",
            "Principal": "*" if who == "*" else {"AWS": who},
            "Action": given.get("Action", "events:PutEvents"),
            "Resource": "*",
        }
        if "Condition" in given:
            asked = given["Condition"]
            statement["Condition"] = {asked["Type"]: {asked["Key"]: asked["Value"]}}
    statement = json.loads(statement) if isinstance(statement, str) else statement
    return {"Version": "2012-10-17", "Statement": [statement]}
