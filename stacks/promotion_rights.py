"""The rights to promote a model: `mlops promote`, in the build that an approval starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environments.names import ResourceNames
from stacks import roles
from stacks.statements import allow, pass_role

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_iam as iam

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.model_project import ModelProjects

# On the versions of models, and of the inference pipelines made for them.
READING = ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages")
# On the versions of inference pipelines.
REGISTERING = ("sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage")
# On batch pipelines; their updates pass the orchestration role on.
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
    projects: ModelProjects,
    schedules_key_arn: str,
) -> list[iam.PolicyStatement]:
    """Write the rights to promote models, for `roles.BUILD_INFERENCE` and for people."""
    settings, scored = projects.settings, projects.scored()
    names = ResourceNames(settings)
    pipelines = [_sagemaker(stack, f"pipeline/{names.pipeline(each.batch)}") for each in scored]
    promoted = [_versions(stack, group) for group in projects.promoted_groups()]
    models = [_versions(stack, group) for group in projects.groups()]
    on_models = [
        allow("SeeVersions", READING, *models, *promoted),
        allow("RegisterPipeline", REGISTERING, *promoted),
        allow("PutPipeline", PUTTING, *pipelines),
        allow("FollowTest", FOLLOWING, *(f"{each}/execution/*" for each in pipelines)),
    ]
    schedules = batch_schedule_arns(stack, projects)
    return [
        *(on_models if scored else []),
        allow("UseKeyOfSchedules", KEY_OF_SCHEDULES, schedules_key_arn),
        *([allow("Schedule", SCHEDULING, *schedules)] if scored else []),
        _passing(stack, settings, roles.ORCHESTRATION, "sagemaker.amazonaws.com"),
        _passing(stack, settings, roles.SCHEDULER, "scheduler.amazonaws.com"),
    ]


def batch_schedule_arns(stack: cdk.Stack, projects: ModelProjects) -> list[str]:
    """Compute the ARNs of the schedules of batches."""
    here = f"arn:{stack.partition}:scheduler:{stack.region}:{stack.account}"
    group = ResourceNames(projects.settings).schedule_group
    return [f"{here}:schedule/{group}/{each.batch_schedule}" for each in projects.scored()]


def _versions(stack: cdk.Stack, group: str) -> str:
    return _sagemaker(stack, f"model-package/{group}/*")


def _sagemaker(stack: cdk.Stack, resource: str) -> str:
    return f"arn:{stack.partition}:sagemaker:{stack.region}:{stack.account}:{resource}"


def _passing(
    stack: cdk.Stack, settings: EnvironmentSettings, role: str, service: str
) -> iam.PolicyStatement:
    return pass_role(
        f"Pass{''.join(part.capitalize() for part in role.split('-'))}",
        service,
        roles.role_arn(stack, settings, role),
    )
