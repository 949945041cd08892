"""The sections of ``docs/operations.md`` that alarms and messages link to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from environments import monitoring as kinds
from stacks import resource_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs import IConstruct

FILE = "docs/operations.md"
# Metrics of ours that are counted in log groups.
REJECTED, DENIED, UNLISTED = "RejectedConnections", "AccessDenied", "UnlistedLookUps"
# SageMaker's own metrics of pipelines (Developer Guide, "Amazon SageMaker AI metrics in Amazon
# CloudWatch", SageMaker pipelines metrics); durations are in milliseconds.
PIPELINES = "AWS/Sagemaker/ModelBuildingPipeline"


@dataclass(frozen=True)
class AwsMetric:
    """A metric that AWS puts, of each pipeline or of each resource that `resources` names."""

    namespace: str
    name: str
    dimension: str = "PipelineName"
    statistic: str = "Sum"
    resources: Callable[[IConstruct], Sequence[str]] = lambda _: ()


@dataclass(frozen=True)
class Meaning:
    """The message, runbook section and metric of one kind of alarm.

    Parameters
    ----------
    graph : str
        Title of its graph on the dashboard, in the order of the table; without one there is none.
    metric : str
        The metric in the environment's namespace; empty where it is one of AWS.
    """

    text: str
    anchor: str
    graph: str = ""
    metric: str = ""
    aws: AwsMetric | None = None


MEANINGS = {
    kinds.FAILED: Meaning(
        "A run of {part} failed", "a-run-failed", aws=AwsMetric(PIPELINES, "ExecutionFailed")
    ),
    kinds.STEP_SLOW: Meaning(
        "A step of {part} took longer than {limit:g} s",
        "a-step-is-slow",
        aws=AwsMetric(PIPELINES, "StepDuration", statistic="Maximum"),
    ),
    kinds.LATE: Meaning(
        "No run of {part} succeeded within {hours} hours",
        "no-run-in-time",
        aws=AwsMetric(PIPELINES, "ExecutionSucceeded"),
    ),
    kinds.VIOLATIONS: Meaning(
        "The data of a run of {part} broke a constraint",
        "violations",
        "Violations of constraints",
        "Violations",
    ),
    kinds.DRIFT: Meaning(
        "The data of {part} drifted further than {limit:g}",
        "drift",
        "Distance from the training data",
        "DriftDistance",
    ),
    kinds.QUALITY: Meaning(
        "The model is worse on past predictions than when it was registered",
        "the-model-got-worse",
        "Error above the registered one, beyond chance",
        "ModelQualityLimitExcess",
    ),
    kinds.REJECTED: Meaning(
        "The network refused more than {limit:g} connections",
        "refused-connections",
        "Connections that the network refused",
        REJECTED,
    ),
    kinds.ACCESS_DENIED: Meaning(
        "AWS refused calls of jobs, functions or builds",
        "denied-access",
        "Calls that AWS refused",
        DENIED,
    ),
    kinds.LOOK_UPS: Meaning(
        "Something looked up names that are not on the list",
        "unlisted-look-ups",
        "Look-ups of names that are not on the DNS firewall's list",
        UNLISTED,
    ),
    kinds.DEAD_LETTERS: Meaning(
        "Something was not handled and waits in {part}",
        "dead-letters",
        "Dead letters",
        aws=AwsMetric(
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            "QueueName",
            "Maximum",
            resource_names.queues,
        ),
    ),
    kinds.BUILD_FAILED: Meaning(
        "A build of {part} failed",
        "a-build-failed",
        "Failed builds",
        aws=AwsMetric(
            "AWS/CodeBuild",
            "FailedBuilds",
            "ProjectName",
            resources=resource_names.build_projects,
        ),
    ),
}
STOPPED = "a-run-was-stopped"
PIPELINE = "a-pipeline-needs-a-person"
PROJECT = "a-project-needs-a-person"
PLATFORM = "the-platform-needs-a-person"


def section(anchor: str) -> str:
    """Return the address of a section."""
    return f"{FILE}#{anchor}"
