"""Callbacks through the API, as a client knows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.unit.pipeline_local.local_aws.executing import (
    ask,
    create,
    ended,
    fail,
    start,
    steps,
    token_of,
)

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

KNOWN = {"Get": "Steps.Ask.OutputParameters['said']"}


@pytest.fixture
def queue(aws: Aws, name: str) -> str:
    url: str = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url


def test_a_message_is_sent_and_its_answer_is_used(aws: Aws, name: str, queue: str) -> None:
    create(aws, name, ask("Ask", queue, "said"), fail("Say", KNOWN))
    arn = start(aws, name)
    token = token_of(aws, arn, "Ask")
    (message,) = aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    body = json.loads(message["Body"])
    assert (body["token"], body["pipelineExecutionArn"]) == (token, arn)
    waiting = steps(aws, arn)["Ask"]
    assert waiting["StepStatus"] == "Executing"
    sagemaker = aws.client("sagemaker")
    with pytest.raises(ClientError, match=r"ValidationException.*output said: is missing"):
        sagemaker.send_pipeline_execution_step_success(CallbackToken=token)
    twice = [{"Name": "said", "Value": each} for each in ("hello", "bye")]
    with pytest.raises(ClientError, match=r"ValidationException.*names are unique"):
        sagemaker.send_pipeline_execution_step_success(CallbackToken=token, OutputParameters=twice)
    answer = sagemaker.send_pipeline_execution_step_success(
        CallbackToken=token, OutputParameters=[{"Name": "said", "Value": "hello"}]
    )
    assert answer["PipelineExecutionArn"] == arn
    assert ended(aws, arn)["FailureReason"] == "hello"
    outputs = [{"Name": "said", "Value": "hello"}]
    expected = {"CallbackToken": token, "SqsQueueUrl": queue, "OutputParameters": outputs}
    assert steps(aws, arn)["Ask"]["Metadata"] == {"Callback": expected}
    with pytest.raises(ClientError, match=r"ValidationException.*has an answer"):
        sagemaker.send_pipeline_execution_step_failure(CallbackToken=token)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.send_pipeline_execution_step_failure(CallbackToken="0123456789")


def test_a_failure_fails_the_step(aws: Aws, name: str, queue: str) -> None:
    create(aws, name, ask("Ask", queue, "said"))
    arn = start(aws, name)
    token = token_of(aws, arn, "Ask")
    aws.client("sagemaker").send_pipeline_execution_step_failure(
        CallbackToken=token, FailureReason="nobody is there"
    )
    answer = ended(aws, arn)
    assert (answer["PipelineExecutionStatus"], answer["FailureReason"]) == (
        "Failed",
        "nobody is there",
    )
    assert steps(aws, arn)["Ask"]["Metadata"]["Callback"]["CallbackToken"] == token


def test_an_execution_that_waits_can_be_stopped(aws: Aws, name: str, queue: str) -> None:
    create(aws, name, ask("Ask", queue))
    arn = start(aws, name)
    token = token_of(aws, arn, "Ask")
    aws.client("sagemaker").stop_pipeline_execution(
        PipelineExecutionArn=arn, ClientRequestToken="s" * 32
    )
    assert ended(aws, arn)["PipelineExecutionStatus"] == "Stopped"
    assert steps(aws, arn)["Ask"]["StepStatus"] == "Stopped"
    for answer in ("success", "failure"):
        send = getattr(aws.client("sagemaker"), f"send_pipeline_execution_step_{answer}")
        with pytest.raises(ClientError, match=r"ValidationException.*no longer waits"):
            send(CallbackToken=token)


def test_a_queue_that_does_not_exist_fails_the_step(aws: Aws, name: str) -> None:
    create(aws, name, ask("Ask", f"https://sqs.eu-central-1.amazonaws.com/111111111111/{name}"))
    answer = ended(aws, start(aws, name))
    assert "queue" in answer["FailureReason"]
