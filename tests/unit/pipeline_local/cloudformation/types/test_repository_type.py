"""Repositories of images as the CDK's bootstrap template writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.pipeline_local.cloudformation.types.resource_stack import TAGS

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

KIND = "ECR::Repository"
LIFECYCLE = """{"rules": [{"rulePriority": 1, "description": "old", "selection": {"tagStatus":
"untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 365},
"action": {"type": "expire"}}]}"""


def test_a_repository_and_its_policies(stack: Stack) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": ["ecr:BatchGetImage"],
    }
    before = {
        "RepositoryName": stack.name,
        "ImageTagMutability": "IMMUTABLE",
        "LifecyclePolicy": {"LifecyclePolicyText": LIFECYCLE},
        "RepositoryPolicyText": {"Version": "2012-10-17", "Statement": [statement]},
        "Tags": TAGS,
    }
    after = {
        "RepositoryName": stack.name,
        "ImageTagMutability": "MUTABLE",
        "ImageScanningConfiguration": {"ScanOnPush": True},
        "Tags": TAGS[:1],
    }
    repository = stack.create(KIND, before)
    assert repository.attributes["Arn"].endswith(f":repository/{stack.name}")
    assert repository.attributes["RepositoryUri"].endswith(f"/{stack.name}")
    stack.update(KIND, stack.name, before, after)
    assert not {"LifecyclePolicy", "RepositoryPolicyText"} & stack.read(KIND, stack.name).keys()
    assert "already exists" in stack.refused(KIND, before)
    stack.delete(KIND, stack.name, after)
