"""Executions that are retried and changed through the API, and what their steps say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.pipeline_local.local_aws.executing import (
    TOKEN,
    ask,
    create,
    describe,
    ended,
    fail,
    start,
    steps,
    token_of,
    until,
)

if TYPE_CHECKING:
    from pipeline_local.aws import Aws


@pytest.fixture
def queue(aws: Aws, name: str) -> str:
    url: str = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url


def retry(aws: Aws, arn: str, token: str = TOKEN, **more: Any) -> None:
    aws.client("sagemaker").retry_pipeline_execution(
        PipelineExecutionArn=arn, ClientRequestToken=token, **more
    )


def test_a_retry_keeps_what_succeeded(aws: Aws, name: str, queue: str) -> None:
    create(aws, name, ask("First", queue), ask("Then", queue, DependsOn=["First"]))
    arn = start(aws, name)
    sagemaker = aws.client("sagemaker")
    with pytest.raises(ClientError, match=r"ValidationException.*is Executing"):
        retry(aws, arn)
    sagemaker.send_pipeline_execution_step_success(CallbackToken=token_of(aws, arn, "First"))
    refused = token_of(aws, arn, "Then")
    sagemaker.send_pipeline_execution_step_failure(CallbackToken=refused, FailureReason="not yet")
    assert ended(aws, arn)["PipelineExecutionStatus"] == "Failed"
    before = steps(aws, arn)["First"]
    retry(aws, arn)
    assert describe(aws, arn)["PipelineExecutionStatus"] == "Executing", "at once"
    retry(aws, arn)  # the same token: the same retry
    token = until(lambda: new if (new := token_of(aws, arn, "Then")) != refused else None)
    sagemaker.send_pipeline_execution_step_success(CallbackToken=token)
    answer = ended(aws, arn)
    assert (answer["PipelineExecutionStatus"], answer.get("FailureReason")) == ("Succeeded", None)
    assert steps(aws, arn)["First"] == before
    with pytest.raises(ClientError, match=r"ValidationException.*is Succeeded"):
        retry(aws, arn, "u" * 32)


def test_a_stopped_execution_is_retried(aws: Aws, name: str, queue: str) -> None:
    create(aws, name, ask("Ask", queue))
    arn = start(aws, name)
    first = token_of(aws, arn, "Ask")
    sagemaker = aws.client("sagemaker")
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=TOKEN)
    assert ended(aws, arn)["PipelineExecutionStatus"] == "Stopped"
    retry(aws, arn)
    token = until(lambda: new if (new := token_of(aws, arn, "Ask")) != first else None)
    sagemaker.send_pipeline_execution_step_success(CallbackToken=token)
    assert ended(aws, arn)["PipelineExecutionStatus"] == "Succeeded"


def test_the_limit_of_a_start_holds_and_a_retry_changes_it(aws: Aws, name: str, queue: str) -> None:
    create(aws, name, ask("A", queue), ask("B", queue))
    arn = start(aws, name, ParallelismConfiguration={"MaxParallelExecutionSteps": 1})
    sagemaker = aws.client("sagemaker")
    token = token_of(aws, arn, "A")
    assert list(steps(aws, arn)) == ["A"], "what waits for a place is not Executing"
    with pytest.raises(ClientError, match=r"ValidationException.*the execution runs"):
        sagemaker.update_pipeline_execution(
            PipelineExecutionArn=arn, ParallelismConfiguration={"MaxParallelExecutionSteps": 2}
        )
    sagemaker.send_pipeline_execution_step_failure(CallbackToken=token)
    ended(aws, arn)
    limit = {"MaxParallelExecutionSteps": 2}
    retry(aws, arn, ParallelismConfiguration=limit)
    until(lambda: len(steps(aws, arn)) == 2)
    assert describe(aws, arn)["ParallelismConfiguration"] == limit
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=TOKEN)
    ended(aws, arn)


def test_selected_steps_run_with_the_results_of_another_execution(
    aws: Aws, name: str, queue: str
) -> None:
    said = {"Get": "Steps.Ask.OutputParameters['said']"}
    parameters = [{"Name": "Word", "Type": "String", "DefaultValue": "x"}]
    words = {"Std:Join": {"On": " ", "Values": [said, {"Get": "Parameters.Word"}]}}
    create(aws, name, ask("Ask", queue, "said"), fail("Say", words), Parameters=parameters)
    given = [{"Name": "Word", "Value": "first"}]
    source = start(aws, name, PipelineParameters=given)
    sagemaker = aws.client("sagemaker")
    sagemaker.send_pipeline_execution_step_success(
        CallbackToken=token_of(aws, source, "Ask"),
        OutputParameters=[{"Name": "said", "Value": "hello"}],
    )
    assert ended(aws, source)["FailureReason"] == "hello first"
    selected: dict[str, Any] = {"SelectedSteps": [{"StepName": "Say"}]}
    with pytest.raises(ClientError, match=r"ValidationException.*no source execution is given"):
        start(aws, name, SelectiveExecutionConfig=selected)
    selected["SourcePipelineExecutionArn"] = source
    again = start(aws, name, SelectiveExecutionConfig=selected)
    answer = ended(aws, again)
    assert answer["FailureReason"] == "hello first", "parameters are those of the source"
    assert answer["SelectiveExecutionConfig"] == selected
    known = steps(aws, again)
    assert known["Ask"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": source}
    assert known["Ask"]["StepStatus"] == "Succeeded"
    other = start(
        aws,
        name,
        SelectiveExecutionConfig=selected,
        PipelineParameters=[{"Name": "Word", "Value": "second"}],
    )
    assert ended(aws, other)["FailureReason"] == "hello second"


def test_names_and_descriptions_are_kept_and_changed(aws: Aws, name: str) -> None:
    step = {**fail("No"), "DisplayName": "Refuses", "Description": "It always does."}
    create(aws, name, step)
    arn = start(aws, name)
    ended(aws, arn)
    known = steps(aws, arn)["No"]
    assert (known["StepDisplayName"], known["StepDescription"]) == ("Refuses", "It always does.")
    sagemaker = aws.client("sagemaker")
    sagemaker.update_pipeline_execution(
        PipelineExecutionArn=arn,
        PipelineExecutionDisplayName="second",
        PipelineExecutionDescription="better",
    )
    answer = describe(aws, arn)
    assert answer["PipelineExecutionDisplayName"] == "second"
    assert answer["PipelineExecutionDescription"] == "better"


def test_a_request_with_mistakes_fails_the_execution_before_its_first_step(
    aws: Aws, name: str
) -> None:
    after = {"Name": "Train", "Type": "Training", "Arguments": {}, "DependsOn": ["First"]}
    first = {"Name": "First", "Type": "Lambda", "Arguments": {}, "FunctionArn": "arn:function:f"}
    create(aws, name, first, after)
    arn = start(aws, name)
    assert "step Train: RoleArn: is missing" in ended(aws, arn)["FailureReason"]
    assert not steps(aws, arn)
