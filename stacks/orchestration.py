"""The roles that SageMaker Pipelines works under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.service_role import ServiceRole
from stacks import model_archives, roles
from stacks.key_rights import use_keys, use_volume_key
from stacks.query_role import SAGEMAKER
from stacks.statements import allow, pass_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.base import EnvironmentStack

# SageMaker Pipelines begins the names of the jobs that it starts with this.
JOB_NAMES = "pipelines-*"
# But not those of tuning jobs, which have 32 characters at most: an execution's id of 12, step and
# token. Observed in addresses of trials' models (bqbpzw5k3d15-hptuning-U0H0Wl6oKU-001-c42f316a);
# AWS documents no form.
TUNING_JOB_NAMES = f"{'?' * 12}-*"
# By resource, with the pattern of its names.
JOB_ACTIONS = {
    f"processing-job/{JOB_NAMES}": (
        *("CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob"),
    ),
    f"training-job/{JOB_NAMES}": (
        *("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"),
    ),
    f"hyper-parameter-tuning-job/{TUNING_JOB_NAMES}": (
        *("CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob"),
        *("ListTrainingJobsForHyperParameterTuningJob", "StopHyperParameterTuningJob"),
    ),
    f"transform-job/{JOB_NAMES}": (
        *("CreateTransformJob", "DescribeTransformJob", "StopTransformJob"),
    ),
    f"model/{JOB_NAMES}": ("CreateModel", "DescribeModel"),
}

# Listing is how a QualityCheck step finds the newest approved version's baseline.
REGISTERING = (
    *("sagemaker:AddTags", "sagemaker:CreateModelPackage"),
    *("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"),
)


def orchestration_policy(stack: EnvironmentStack, jobs: Sequence[iam.IRole]) -> iam.ManagedPolicy:
    """Write the rights to run the jobs of any pipeline."""

    def arn(resource: str) -> str:
        return stack.arn("sagemaker", resource)

    policy = iam.ManagedPolicy(
        stack,
        "OrchestrationCommon",
        managed_policy_name=f"{stack.names.prefix}-orchestration-common",
        description="What SageMaker Pipelines needs to run jobs inside the perimeter",
        statements=[
            *(
                allow(
                    f"Run{resource.partition('/')[0].title().replace('-', '')}s",
                    [f"sagemaker:{action}" for action in (*actions, "AddTags")],
                    arn(resource),
                )
                for resource, actions in JOB_ACTIONS.items()
            ),
            pass_role("PassJobRoles", SAGEMAKER, *(role.role_arn for role in jobs)),
            use_keys(stack, roles.ORCHESTRATION),
            *use_volume_key(stack),
            *model_archives.statements(stack.settings, stack.key_arns),
        ],
    )
    for resource in JOB_ACTIONS:
        acknowledge(
            policy,
            f"AwsSolutions-IAM5[Resource::{arn(resource)}]",
            reason=(
                "SageMaker Pipelines names its jobs pipelines-<execution>-<step>, those of a search"
                " <execution>-<step>; the guard policies beside this one hold every one of them"
                " inside the perimeter."
            ),
        )
    return policy


def orchestration_role(
    stack: EnvironmentStack,
    name: str,
    *,
    description: str,
    policies: Sequence[iam.IManagedPolicy],
    statements: Sequence[iam.PolicyStatement],
    pipelines: str,
) -> iam.Role:
    """Make a role that SageMaker Pipelines works under, for `pipelines`, a pattern of ARNs.

    Source: SageMaker Developer Guide, "Cross-service confused deputy prevention".
    """
    return ServiceRole(
        stack,
        name,
        role_name=stack.names.role(name),
        service=SAGEMAKER,
        description=description,
        statements=statements,
        sources=[pipelines],
        managed_policies=list(policies),
    ).role
