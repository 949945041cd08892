"""The roles that people assume, and their rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from environments.names import ResourceNames
from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.persona import Persona
from stacks import buckets, keys, model_import, roles
from stacks.project_people import project_statements
from stacks.statements import allow, only, pass_role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline_definitions.model_project import ModelProjects


# About runs and models, nothing of their content; none of it changes anything.
SEEING = """
    cloudwatch:DescribeAlarmHistory cloudwatch:DescribeAlarms cloudwatch:GetDashboard
    cloudwatch:GetMetricData cloudwatch:ListDashboards cloudwatch:ListMetrics
    sagemaker:DescribeHyperParameterTuningJob
    sagemaker:DescribeModelPackage sagemaker:DescribeModelPackageGroup sagemaker:DescribePipeline
    sagemaker:DescribePipelineDefinitionForExecution sagemaker:DescribePipelineExecution
    sagemaker:DescribeProcessingJob sagemaker:DescribeTrainingJob sagemaker:DescribeTransformJob
    sagemaker:ListModelPackageGroups sagemaker:ListModelPackages
    sagemaker:ListPipelineExecutionSteps sagemaker:ListPipelineExecutions
    sagemaker:ListPipelineParametersForExecution sagemaker:ListPipelines
    sagemaker:ListProcessingJobs sagemaker:ListTags sagemaker:ListTrainingJobs
    sagemaker:ListTrainingJobsForHyperParameterTuningJob
    """
# How the platform is built, for auditors.
AUDITING = """
    cloudtrail:LookupEvents ec2:DescribeFlowLogs ec2:DescribeRouteTables
    ec2:DescribeSecurityGroupRules ec2:DescribeSecurityGroups ec2:DescribeSubnets
    ec2:DescribeVpcEndpoints ec2:DescribeVpcs iam:GetPolicy iam:GetPolicyVersion iam:GetRole
    iam:ListAttachedRolePolicies iam:ListPolicyVersions iam:ListRolePolicies iam:ListRoles
    kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListAliases kms:ListGrants
    kms:ListKeys lambda:GetFunctionConfiguration lambda:GetPolicy logs:DescribeLogGroups
    """
BUCKET_CONFIGURATION = (
    *("s3:GetBucketLogging", "s3:GetBucketObjectLockConfiguration"),
    *("s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock"),
    *("s3:GetBucketVersioning", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"),
)
CONTENT = """
    kms:Decrypt kms:GenerateDataKey logs:FilterLogEvents logs:GetLogEvents logs:StartQuery
    s3:GetObject s3:GetObjectVersion sqs:ReceiveMessage
    """
READING_LOGS = ("logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents")
# Whose dead letters are not a function's.
QUEUES = ("events", "schedules", "notifications")
RUNNING = (
    *("sagemaker:RetryPipelineExecution", "sagemaker:StartPipelineExecution"),
    "sagemaker:StopPipelineExecution",
)


@dataclass(frozen=True)
class Records:
    """The records that only break-glass deletes; `flow_log` is an ARN."""

    log_groups: tuple[str, ...]
    flow_log: str


class People(Construct):
    """The personas of an environment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        projects: ModelProjects,
        key_arns: Mapping[str, str],
        package_arns: Sequence[str],
        guards: Sequence[iam.IManagedPolicy],
        records: Records,
    ) -> None:
        super().__init__(scope, construct_id)
        settings = projects.settings
        self._settings, self._projects, self._keys = settings, projects, key_arns
        self._names, self._stack = ResourceNames(settings), cdk.Stack.of(self)
        seeing, running = self._seeing(), self._running()
        self.scientist = self._persona(
            roles.SCIENTIST,
            "Data scientists: start pipelines, look at runs and models",
            [
                allow("ReadReports", ("kms:Decrypt",), key_arns[buckets.ARTIFACTS]),
                *(project_statements(self._stack, settings) if settings.project_template else ()),
            ],
            [seeing, running, *guards],
        )
        self.administrator = self._persona(
            roles.ADMINISTRATOR,
            "ML platform administrators: approve models, run and mend the platform",
            self._administration(package_arns),
            [seeing, running, *guards],
        )
        self.auditor = self._persona(
            roles.AUDITOR,
            "Auditors: how things are set up, no content",
            self._audit(),
            [seeing, self._auditing()],
        )
        self.break_glass = Persona(
            self,
            roles.BREAK_GLASS,
            role_name=self._names.role(roles.BREAK_GLASS),
            description="Break glass: deletes what nobody else can, and nothing else",
            statements=self._deletion(records),
            session=cdk.Duration.hours(1),
        ).role
        self.node.default_child = seeing.node.default_child
        acknowledge(
            self,
            "AwsSolutions-IAM5[Resource::*]",
            reason=(
                "Listing has no resource in IAM, and an auditor has to find what should not be"
                " there, under names that nobody knows before; nothing of it changes anything or"
                " shows the content of data."
            ),
        )
        acknowledge(
            self,
            *(f"AwsSolutions-IAM5[Resource::{group}]" for group in self._logs_of_the_platform()),
            reason=(
                "Log groups of this environment's functions and builds, and the streams in them,"
                " which AWS names; the right is to read."
            ),
        )

    def _persona(
        self,
        name: str,
        description: str,
        statements: Sequence[iam.PolicyStatement],
        policies: Sequence[iam.IManagedPolicy],
    ) -> iam.Role:
        return Persona(
            self,
            name,
            role_name=self._names.role(name),
            description=description,
            statements=statements,
            trusted_roles=self._settings.trusted_roles,
            managed_policies=policies,
        ).role

    def _seeing(self) -> iam.ManagedPolicy:
        return iam.ManagedPolicy(
            self,
            "Seeing",
            managed_policy_name=f"{self._names.prefix}-people-see",
            description="Looks at runs, models and alarms",
            statements=[allow("See", SEEING.split(), "*")],
        )

    def _auditing(self) -> iam.ManagedPolicy:
        return iam.ManagedPolicy(
            self,
            "Auditing",
            managed_policy_name=f"{self._names.prefix}-people-audit",
            description="Looks at how network, roles, keys, functions and logs are set up",
            statements=[allow("SeeTheBuild", AUDITING.split(), "*")],
        )

    def _running(self) -> iam.ManagedPolicy:
        pipelines = self._arn("sagemaker", "pipeline", f"{self._names.prefix}-*")
        job_logs = f"{self._log_groups}:/aws/sagemaker/*"
        policy = iam.ManagedPolicy(
            self,
            "Running",
            managed_policy_name=f"{self._names.prefix}-people-run",
            description="Runs the environment's pipelines and reads what their jobs log",
            statements=[
                allow("RunPipelines", RUNNING, pipelines),
                allow("ReadJobLogs", READING_LOGS, job_logs),
            ],
        )
        acknowledge(
            policy,
            f"AwsSolutions-IAM5[Resource::{pipelines}]",
            reason="The pipelines of this environment and their runs, which SageMaker names.",
        )
        return policy

    def _administration(self, package_arns: Sequence[str]) -> list[iam.PolicyStatement]:
        deliveries = ("deliveries",) if self._settings.delivery else ()
        queues = [
            self._stack.format_arn(service="sqs", resource=f"{self._names.role(name)}-failed")
            for name in (*roles.functions(self._settings), *QUEUES, *deliveries)
        ]
        handling = (
            *("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
            "sqs:ReceiveMessage",
        )
        notifications = self._keys[keys.NOTIFICATIONS]
        read = ("kms:Decrypt",)
        statements = [
            allow("HandleDeadLetters", handling, *queues),
            allow("ReadDeadLetters", read, self._keys[buckets.LOGS], notifications),
            allow("ReadLogs", READING_LOGS, *self._logs_of_the_platform()),
            *self._pausing(notifications),
        ]
        importer = model_import.function_arn(self._stack, self._settings)
        if importer is not None:
            statements.append(allow("BringModels", ("lambda:InvokeFunction",), importer))
        if package_arns:
            decided = {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}
            approving, when = ("sagemaker:UpdateModelPackage",), {"StringEquals": decided}
            statements += only("Approve", approving, *package_arns, conditions=when)
        return statements

    def _logs_of_the_platform(self) -> list[str]:
        """Return ARN patterns of the logs of functions and builds."""
        names = [f"/aws/lambda/{self._names.prefix}-*"]
        if self._settings.delivery is not None:
            names.append(f"/{self._names.prefix}/builds/*")
        return [f"{self._log_groups}:{name}" for name in names]

    @property
    def _log_groups(self) -> str:
        stack = self._stack
        return f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group"

    def _pausing(self, key: str) -> list[iam.PolicyStatement]:
        """Write the rights of `mlops schedule pause` and `resume`; they rewrite whole schedules."""
        group, prefix = self._names.schedule_group, self._names.prefix
        schedules = [
            self._arn("scheduler", "schedule", f"{group}/{name}")
            for name in sorted(self._projects.schedules())
        ]
        rules = [
            self._arn("events", "rule", f"{prefix}-{name}")
            for names in self._projects.starting_rules().values()
            for name in names
        ]
        role = roles.role_arn(self._stack, self._settings, roles.SCHEDULER)
        give = pass_role("GiveSchedulesTheirRole", "scheduler.amazonaws.com", role)
        changing = ("scheduler:GetSchedule", "scheduler:UpdateSchedule")
        switching = ("events:DescribeRule", "events:DisableRule", "events:EnableRule")
        return [
            *([allow("PauseSchedules", changing, *schedules)] if schedules else []),
            give,
            allow("WriteSchedules", ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"), key),
            *([allow("PauseRules", switching, *rules)] if rules else []),
        ]

    def _audit(self) -> list[iam.PolicyStatement]:
        return [
            allow(
                "SeeBuckets",
                BUCKET_CONFIGURATION,
                *(
                    f"arn:{self._stack.partition}:s3:::{self._names.bucket(each)}"
                    for each in (
                        *buckets.purposes(),
                        *((buckets.DELIVERY,) if self._settings.delivery else ()),
                    )
                ),
            ),
            iam.PolicyStatement(
                sid="NoContent",
                effect=iam.Effect.DENY,
                actions=CONTENT.split(),
                resources=["*"],
            ),
        ]

    def _deletion(self, records: Records) -> list[iam.PolicyStatement]:
        """Write the rights to delete records; bucket policies have those on objects."""
        ending = ("kms:CancelKeyDeletion", "kms:DisableKey", "kms:EnableKey")
        return [
            allow("Keys", (*ending, "kms:ScheduleKeyDeletion"), *self._keys.values()),
            allow("Logs", ("logs:DeleteLogGroup", "logs:DeleteLogStream"), *records.log_groups),
            allow("FlowLogs", ("ec2:DeleteFlowLogs",), records.flow_log),
        ]

    def _arn(self, service: str, resource: str, name: str) -> str:
        return self._stack.format_arn(service=service, resource=resource, resource_name=name)
