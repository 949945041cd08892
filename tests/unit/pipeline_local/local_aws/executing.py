"""What tests of executions through the API do with pipelines."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.aws import Aws

ROLE = "arn:aws:iam::111111111111:role/orchestration"
TOKEN = "t" * 32


def create(aws: Aws, name: str, *steps: dict[str, Any], **more: Any) -> None:
    """Create a pipeline of steps; what else is given are fields of its definition."""
    text = json.dumps({"Version": "2020-12-01", **more, "Steps": list(steps)})
    aws.client("sagemaker").create_pipeline(
        PipelineName=name, PipelineDefinition=text, RoleArn=ROLE, ClientRequestToken=TOKEN
    )


def start(aws: Aws, name: str, **more: Any) -> str:
    answer = aws.client("sagemaker").start_pipeline_execution(PipelineName=name, **more)
    return answer["PipelineExecutionArn"]


def describe(aws: Aws, arn: str) -> Any:
    return aws.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)


def until(reached: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := reached()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def ended(aws: Aws, arn: str) -> Any:
    """Describe an execution once it has ended."""
    running = ("Executing", "Stopping")
    return until(
        lambda: (
            answer
            if (answer := describe(aws, arn))["PipelineExecutionStatus"] not in running
            else None
        )
    )


def steps(aws: Aws, arn: str) -> dict[str, Any]:
    """Return the steps of an execution by their names, the latest first."""
    pages = aws.client("sagemaker").get_paginator("list_pipeline_execution_steps")
    found = [
        step
        for page in pages.paginate(PipelineExecutionArn=arn)
        for step in page["PipelineExecutionSteps"]
    ]
    return {step["StepName"]: step for step in found}


def fail(name: str, message: Any = "on purpose") -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def ask(name: str, queue: str, *outputs: str, **more: Any) -> dict[str, Any]:
    """A Callback step with outputs of type String."""
    return {
        "Name": name,
        "Type": "Callback",
        "SqsQueueUrl": queue,
        "Arguments": {},
        "OutputParameters": [{"OutputName": each, "OutputType": "String"} for each in outputs],
        **more,
    }


def token_of(aws: Aws, arn: str, step: str) -> str:
    """Return the token of a step that waits, once it does."""

    def waiting() -> Any:
        known = steps(aws, arn).get(step, {})
        return known.get("Metadata", {}).get("Callback", {}).get("CallbackToken")

    return str(until(waiting))
