"""The resources of an environment's stacks, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_logs as logs
from aws_cdk import aws_servicecatalog as servicecatalog
from aws_cdk import aws_sqs as sqs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import IConstruct

    Resource = TypeVar("Resource", bound=cdk.CfnResource)


def queues(stage: IConstruct) -> list[str]:
    """Name all queues below a stage, sorted."""
    return sorted(_named(each, each.queue_name) for each in _of_type(stage, sqs.CfnQueue))


def log_groups(stage: IConstruct) -> list[str]:
    """Name all log groups below a stage, sorted."""
    return sorted(_named(each, each.log_group_name) for each in _of_type(stage, logs.CfnLogGroup))


def build_projects(stage: IConstruct) -> list[str]:
    """Name all projects of CodeBuild below a stage, sorted."""
    return sorted(_named(each, each.name) for each in _of_type(stage, codebuild.CfnProject))


def deliveries(stage: IConstruct) -> list[str]:
    """Name all pipelines of CodePipeline below a stage, sorted."""
    return sorted(_named(each, each.name) for each in _of_type(stage, codepipeline.CfnPipeline))


def _of_type(stage: IConstruct, kind: type[Resource]) -> Iterator[Resource]:
    """Yield the deployed resources, without those of products that people start later."""
    return (
        each
        for each in stage.node.find_all()
        if isinstance(each, kind)
        and not isinstance(cdk.Stack.of(each), servicecatalog.ProductStack)
    )


def _named(resource: cdk.CfnResource, name: str | None) -> str:
    """Refuse a resource without a name of ours: nobody could watch it."""
    if name is None or cdk.Token.is_unresolved(name):
        raise ValueError(f"{resource.node.path} has no name; give it one, so that it is watched")
    return name
