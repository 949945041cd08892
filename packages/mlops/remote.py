"""Executions of deployed pipelines on AWS, through the standard boto3 configuration."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlops.aws_calls import explained, pages
from mlops_common.errors import printable
from pipeline_local.runs.champion import PARAMETER as CHAMPION_PARAMETER
from pipeline_local.runs.input_data import VERSION as VERSION_PARAMETER
from pipeline_local.runs.revision import PARAMETER as REVISION_PARAMETER
from pipeline_local.runs.revision import git_revision

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_local.aws import Aws

_ENDED = ("Succeeded", "Failed", "Stopped")
_POLL_SECONDS = 15.0


@dataclass(frozen=True)
class RemoteExecution:
    """An execution on AWS."""

    arn: str
    region: str
    account: str
    status: str = "Executing"
    failure: str = ""  # reason, or empty
    steps: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class DeployedPipeline:
    """A deployed pipeline."""

    arn: str
    role_arn: str
    definition: dict[str, Any]
    client: Any = field(repr=False, compare=False)

    def add_tags(self, tags: list[dict[str, str]]) -> None:
        """Add tags to the pipeline."""
        self.client.add_tags(ResourceArn=self.arn, Tags=tags)


def deployed_pipeline(
    pipeline: str, environment: str, project: str | None = None
) -> DeployedPipeline:
    """Look up a deployed pipeline."""
    from environments.loading import load_environment
    from environments.names import ProjectNames, ResourceNames
    from mlops.local_project import connect

    settings = load_environment(environment)
    names = ProjectNames(settings, project) if project else ResourceNames(settings)
    name = names.pipeline(pipeline)
    client = connect(settings.region, settings.account).client("sagemaker")
    advice = (
        "start the project in SageMaker Studio, under Projects"
        if project
        else f"deploy it: cdk deploy '{environment}/*' -c environment={environment}"
    )
    place = f"account {settings.account}, {settings.region}"
    with explained(f"pipeline {name} is not deployed in {place}; {advice}", "NotFound"):
        answer = client.describe_pipeline(PipelineName=name)
    definition = json.loads(answer["PipelineDefinition"])
    return DeployedPipeline(answer["PipelineArn"], answer["RoleArn"], definition, client)


def start_execution(
    pipeline: str,
    environment: str,
    parameters: dict[str, str],
    root: Path,
    *,
    description: str | None = None,
    project: str | None = None,
) -> RemoteExecution:
    """Start a pipeline; fill in code revision and data version where it has such parameters."""
    from environments.loading import load_environment

    settings = load_environment(environment)
    deployed = deployed_pipeline(pipeline, environment, project)
    given = {**_of_this_start(deployed, root), **parameters}
    more = {"PipelineExecutionDescription": description} if description else {}
    answer = deployed.client.start_pipeline_execution(
        PipelineName=deployed.arn,
        PipelineParameters=[{"Name": key, "Value": value} for key, value in given.items()],
        ClientRequestToken=uuid.uuid4().hex,
        **more,
    )
    arn = answer["PipelineExecutionArn"]
    return RemoteExecution(arn, settings.region, settings.account)


def wait_for_execution(
    execution: RemoteExecution,
    say: Callable[[str], object],
    poll_seconds: float = _POLL_SECONDS,
    aws: Aws | None = None,
) -> RemoteExecution:
    """Wait for the end of an execution; `say` gets one line for each change of a step."""
    from mlops.local_project import connect

    aws = aws or connect(execution.region, execution.account)
    client = aws.client("sagemaker")
    seen: dict[str, str] = {}
    looks = 0
    while True:
        answer = client.describe_pipeline_execution(PipelineExecutionArn=execution.arn)
        steps = _steps(client, execution.arn)
        for step in reversed(steps):  # the service lists the latest first
            if seen.get(step["name"]) != step["status"]:
                seen[step["name"]] = step["status"]
                say(printable(f"{step['name']}: {step['status']} {step['failure']}".rstrip()))
        status = str(answer["PipelineExecutionStatus"])
        if status in _ENDED:
            reason = answer.get("FailureReason", "")
            return replace(execution, status=status, failure=reason, steps=steps)
        time.sleep(min(poll_seconds, 1.0 + looks / 2))
        looks += 1


def _of_this_start(deployed: DeployedPipeline, root: Path) -> dict[str, str]:
    """Return the parameters that depend on the start.

    Data and champion cannot be read from outside the VPC; with the time of the start as their
    version, the service never takes a cached result of former content.
    """
    names = {parameter.get("Name") for parameter in deployed.definition.get("Parameters") or []}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    values = {
        REVISION_PARAMETER: git_revision(root),
        VERSION_PARAMETER: f"as of {now}",
        CHAMPION_PARAMETER: f"as of {now}",
    }
    return {name: value for name, value in values.items() if name in names and value}


def _steps(client: Any, arn: str) -> list[dict[str, Any]]:
    listing = ("list_pipeline_execution_steps", "PipelineExecutionSteps")
    return [
        {
            "name": step["StepName"],
            "status": step["StepStatus"],
            "failure": step.get("FailureReason", ""),
        }
        for step in pages(client, *listing, PipelineExecutionArn=arn)
    ]
