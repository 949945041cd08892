"""The rights to promote a model: `mlops promote`, in the build that an approval starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from environments.names import ResourceNames
from mlops_contract.names import BATCH_INFERENCE
from stacks import roles
from stacks.allowing import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aws_cdk as cdk

    from environments.settings import EnvironmentSettings

# On the versions of models, and of the inference pipelines made for them.
READING = ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages")
# On the versions of inference pipelines.
REGISTERING = ("sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage")
# On the batch-inference pipeline; its updates pass the orchestration role on.
PUTTING = (
    *("sagemaker:DescribePipeline", "sagemaker:StartPipelineExecution"),
    "sagemaker:UpdatePipeline",
)
# On its executions.
FOLLOWING = ("sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutionSteps")
KEY_OF_SCHEDULES = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
# On the schedule; its updates pass the scheduler's role on.
SCHEDULING = ("scheduler:GetSchedule", "scheduler:UpdateSchedule")


def promotion_statements(
    stack: cdk.Stack,
    settings: EnvironmentSettings,
    groups: Sequence[str],
    schedules_key_arn: str,
) -> list[iam.PolicyStatement]:
    """Write the rights to promote models, for `roles.BUILD_INFERENCE` and for people."""
    names = ResourceNames(settings)
    pipeline = _sagemaker(stack, f"pipeline/{names.pipeline(BATCH_INFERENCE)}")
    promoted = _versions(stack, names.model_package_group(BATCH_INFERENCE))
    models = [version for group in groups for version in _versions(stack, group)]
    return [
        allow("SeeVersions", READING, *models, *promoted),
        allow("RegisterPipeline", REGISTERING, *promoted),
        allow("PutPipeline", PUTTING, pipeline),
        allow("FollowTest", FOLLOWING, f"{pipeline}/execution/*"),
        allow("UseKeyOfSchedules", KEY_OF_SCHEDULES, schedules_key_arn),
        allow("Schedule", SCHEDULING, schedule_arn(stack, settings)),
        _passing(stack, settings, roles.ORCHESTRATION, "sagemaker.amazonaws.com"),
        _passing(stack, settings, roles.SCHEDULER, "scheduler.amazonaws.com"),
    ]


def schedule_arn(stack: cdk.Stack, settings: EnvironmentSettings) -> str:
    """Compute the ARN of the schedule of batch inference."""
    here = f"arn:{stack.partition}:scheduler:{stack.region}:{stack.account}"
    return f"{here}:schedule/{ResourceNames(settings).schedule_group}/{BATCH_INFERENCE}"


def _versions(stack: cdk.Stack, group: str) -> list[str]:
    return [_sagemaker(stack, f"model-package/{group}/*")]


def _sagemaker(stack: cdk.Stack, resource: str) -> str:
    return f"arn:{stack.partition}:sagemaker:{stack.region}:{stack.account}:{resource}"


def _passing(
    stack: cdk.Stack, settings: EnvironmentSettings, role: str, service: str
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=f"Pass{''.join(part.capitalize() for part in role.split('-'))}",
        actions=["iam:PassRole"],
        resources=[roles.role_arn(stack, settings, role)],
        conditions={"StringEquals": {"iam:PassedToService": service}},
    )
