"""Messages of alarms and events: what they say, and of what there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.aws import matches
from pipeline_local.runs.api_execution import Execution
from pipeline_local.runs.pipeline_facts import step_event
from pipeline_local.runs.run_state import Status, StepState
from tests.template.monitored import HERE, alarm_event, alarms, composites

if TYPE_CHECKING:
    from cloud_assembly.messages import MessageRule
    from tests.template.assembly import Stacks

RUN = f"arn:aws:sagemaker:{HERE}:pipeline/secure-mlops-dev-training/execution/p4jn9xou8a8s"
PIPELINE = RUN.partition("/execution")[0]
# The forms of SageMaker's documentation, "Events that Amazon SageMaker AI sends to EventBridge".
STEP = {
    "detail-type": "SageMaker Model Building Pipeline Execution Step Status Change",
    "source": "aws.sagemaker",
    "time": "2026-11-25T02:17:04Z",
    "detail": {
        "stepName": "Train",
        "stepType": "Training",
        "currentStepStatus": "Failed",
        "failureReason": "ClientError: no data",
        "pipelineArn": PIPELINE,
        "pipelineExecutionArn": RUN,
    },
}
STOPPED = {
    "detail-type": "SageMaker Model Building Pipeline Execution Status Change",
    "source": "aws.sagemaker",
    "time": "2026-11-25T02:17:04Z",
    "detail": {
        "currentPipelineExecutionStatus": "Stopped",
        "executionStartTime": "2026-11-25T02:03:13Z",
        "pipelineArn": PIPELINE,
        "pipelineExecutionArn": RUN,
    },
}


@pytest.mark.parametrize(
    ("event", "rule", "says"),
    [
        (STEP, "step-failed", ["Train (Training) failed: ClientError: no data", RUN]),
        (STOPPED, "run-stopped", ["stopped before its end", "started 2026-11-25T02:03:13Z"]),
        (
            alarm_event("secure-mlops-dev-training", "ALARM", "OK"),
            "training-alarm",
            ["training needs a person", "secure-mlops-dev-training-failed transitioned to ALARM"],
        ),
    ],
)
def test_a_message_can_be_read(
    messages: list[MessageRule], event: dict[str, Any], rule: str, says: list[str]
) -> None:
    (message,) = [each for each in messages if matches(each.pattern, event)]
    assert message.name == f"secure-mlops-dev-{rule}"
    text = message.render(event)
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line.partition(": ")[0] for line in lines] == ["What", "Where", "Since", "Look", "Next"]
    assert "<" not in text
    assert "dev (account 111111111111, eu-central-1)" in lines[1]
    assert "2026-11-25T02:17:04" in lines[2]
    assert lines[3].startswith("Look: https://console.aws.amazon.com/")
    for each in says:
        assert each in text


def test_a_batch_that_cannot_be_scored_is_told_and_on_the_alarm(
    dev: Stacks, messages: list[MessageRule]
) -> None:
    """With the event that the local AWS sends of the step that refuses it."""
    reason = "AlgorithmError: 3 of 3 rows (100.00%) cannot be scored: 3 rows such as row 1: sex 'X'"
    pipeline = "secure-mlops-dev-batch-inference"
    run = PIPELINE.replace("secure-mlops-dev-training", pipeline) + "/execution/p4jn9xou8a8s"
    account, region = "111111111111", "eu-central-1"
    execution = Execution(run, pipeline, "{}", {}, "", "", account, region)
    step = StepState("Processing", Status.FAILED, failure=reason)
    event = step_event(execution, "Preprocess", step, "Executing")
    (message,) = [each for each in messages if matches(each.pattern, event)]
    text = message.render(event)
    assert f"What: step Preprocess (Processing) failed: {reason}" in text
    assert run in text
    alarm = alarms(dev)[f"{pipeline}-failed"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ExecutionFailed", 0)
    assert alarm["Dimensions"] == [{"Name": "PipelineName", "Value": pipeline}]
    assert f"{pipeline}-failed" in composites(dev)[pipeline]["AlarmRule"]


@pytest.mark.parametrize(
    ("event", "change"),
    [
        (STEP, {"currentStepStatus": "Succeeded"}),
        (STEP, {"pipelineArn": PIPELINE.replace("-dev-", "-prod-")}),
        (STOPPED, {"currentPipelineExecutionStatus": "Failed"}),  # the alarm and the step tell it
    ],
)
def test_nobody_is_told_of_the_rest(
    messages: list[MessageRule], event: dict[str, Any], change: dict[str, str]
) -> None:
    other = {**event, "detail": {**event["detail"], **change}}
    assert not [each for each in messages if matches(each.pattern, other)]
