"""A client that composes and runs a pipeline with the SDK that is installed, and no more.

It is executed by a Python that has SDK 2 or 3, with variables that point to an endpoint; it writes
what it saw, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import WaiterError

try:
    from sagemaker.core.helper.session_helper import Session
    from sagemaker.core.processing import ScriptProcessor
    from sagemaker.core.shapes import ProcessingOutput, ProcessingS3Output
    from sagemaker.core.workflow.conditions import ConditionEquals
    from sagemaker.core.workflow.parameters import ParameterString
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.callback_step import (
        CallbackOutput,
        CallbackOutputTypeEnum,
        CallbackStep,
    )
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.selective_execution_config import SelectiveExecutionConfig
    from sagemaker.mlops.workflow.steps import ProcessingStep

    OUTPUT = ProcessingOutput(
        output_name="out",
        s3_output=ProcessingS3Output(
            s3_uri="s3://sdk-client-out/made",
            local_path="/opt/ml/processing/output",
            s3_upload_mode="EndOfJob",
        ),
    )
except ImportError:
    from sagemaker import Session
    from sagemaker.processing import ProcessingOutput, ScriptProcessor
    from sagemaker.workflow.callback_step import (
        CallbackOutput,
        CallbackOutputTypeEnum,
        CallbackStep,
    )
    from sagemaker.workflow.condition_step import ConditionStep
    from sagemaker.workflow.conditions import ConditionEquals
    from sagemaker.workflow.fail_step import FailStep
    from sagemaker.workflow.parameters import ParameterString
    from sagemaker.workflow.pipeline import Pipeline
    from sagemaker.workflow.pipeline_context import PipelineSession
    from sagemaker.workflow.selective_execution_config import SelectiveExecutionConfig
    from sagemaker.workflow.steps import ProcessingStep

    OUTPUT = ProcessingOutput(
        output_name="out",
        source="/opt/ml/processing/output",
        destination="s3://sdk-client-out/made",
    )

REGION = "us-east-1"
# Without a name both SDKs ask STS, at its own address, for that of the default bucket.
BUCKET = "sdk-client-out"
ROLE = "arn:aws:iam::123456789012:role/Job"
IMAGE = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PROGRAM = """
import pathlib, sys
pathlib.Path("/opt/ml/processing/output/word.txt").write_text(sys.argv[1] * 2)
print("wrote", sys.argv[1])
"""
client = boto3.client("sagemaker", region_name=REGION)


def compose(queue: str, folder: Path) -> Any:
    """A script's job, a callback, and a failure where its answer is bad."""
    program = folder / "program.py"
    program.write_text(PROGRAM)
    word = ParameterString(name="Word", default_value="hm")
    processor = ScriptProcessor(
        image_uri=IMAGE,
        command=["python3"],
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.large",
        sagemaker_session=PipelineSession(boto3.Session(region_name=REGION), default_bucket=BUCKET),
    )
    arguments = processor.run(code=str(program), arguments=[word], outputs=[OUTPUT])
    made = ProcessingStep(name="Make", step_args=arguments, display_name="Makes a file")
    said = CallbackOutput("said", CallbackOutputTypeEnum.String)
    ask = CallbackStep(
        name="Ask", sqs_queue_url=queue, inputs={"word": word}, outputs=[said], depends_on=[made]
    )
    refuse = FailStep(name="Refuse", error_message="the answer is bad")
    bad = ConditionEquals(left=ask.properties.Outputs["said"], right="bad")
    decide = ConditionStep(name="Decide", conditions=[bad], if_steps=[refuse], else_steps=[])
    return Pipeline(
        name="client",
        parameters=[word],
        steps=[made, ask, decide],
        sagemaker_session=Session(boto3.Session(region_name=REGION), default_bucket=BUCKET),
    )


class Queue:
    """The queue of the callback, and the answers to its messages."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.url = self.sqs.create_queue(QueueName="client")["QueueUrl"]

    def message(self) -> dict[str, Any]:
        for _ in range(120):
            found = self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=1).get("Messages")
            if found:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=found[0]["ReceiptHandle"])
                body: dict[str, Any] = json.loads(found[0]["Body"])
                return body
        raise TimeoutError

    def answer(self, said: str) -> dict[str, Any]:
        message = self.message()
        outputs = [{"Name": "said", "Value": said}]
        client.send_pipeline_execution_step_success(
            CallbackToken=message["token"], OutputParameters=outputs
        )
        return message


def make_role() -> None:
    """Make the role of the pipeline, which SDK 3 looks at before it creates anything."""

    def document(**statement: Any) -> str:
        statement = {"Effect": "Allow", **statement}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    iam = boto3.client("iam")
    trusted = {"Service": "sagemaker.amazonaws.com"}
    trust = document(Principal=trusted, Action="sts:AssumeRole")
    iam.create_role(RoleName="Job", AssumeRolePolicyDocument=trust)
    rights = document(Action="*", Resource="*")
    iam.put_role_policy(RoleName="Job", PolicyName="all", PolicyDocument=rights)


def wait(execution: Any) -> str:
    with contextlib.suppress(WaiterError):
        execution.wait(delay=1, max_attempts=120)
    return str(execution.describe()["PipelineExecutionStatus"])


def main(folder: Path) -> dict[str, Any]:
    boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
    make_role()
    queue = Queue()
    pipeline = compose(queue.url, folder)
    seen: dict[str, Any] = {"arn": pipeline.upsert(role_arn=ROLE)["PipelineArn"]}

    first = pipeline.start(parameters={"Word": "yes"}, execution_display_name="first")
    seen["message"] = queue.answer("good")
    seen["first"] = wait(first)
    steps = first.list_steps()
    seen["steps"] = {each["StepName"]: each["StepStatus"] for each in steps}
    arns = {each["StepName"]: each["Metadata"] for each in steps}
    job = arns["Make"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    seen["job"] = client.describe_processing_job(ProcessingJobName=job)["ProcessingJobStatus"]
    logs = boto3.client("logs", region_name=REGION)
    group = "/aws/sagemaker/ProcessingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job)["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])
    seen["lines"] = [event["message"] for event in events["events"]]
    made = boto3.client("s3", region_name=REGION).get_object(Bucket=BUCKET, Key="made/word.txt")
    seen["made"] = made["Body"].read().decode()

    pipeline.upsert(role_arn=ROLE)
    second = pipeline.start(parameters={"Word": "no"})
    client.send_pipeline_execution_step_failure(
        CallbackToken=queue.message()["token"], FailureReason="nobody knows"
    )
    seen["second"] = [wait(second), second.describe()["FailureReason"]]
    client.retry_pipeline_execution(PipelineExecutionArn=second.arn, ClientRequestToken="r" * 32)
    queue.answer("good")
    seen["retried"] = wait(second)

    third = pipeline.start()
    queue.message()
    third.stop()
    while third.describe()["PipelineExecutionStatus"] == "Stopping":
        time.sleep(0.5)
    seen["stopped"] = [third.describe()["PipelineExecutionStatus"], queue.message()["status"]]

    chosen = SelectiveExecutionConfig(
        selected_steps=["Ask", "Decide"], source_pipeline_execution_arn=first.arn
    )
    fourth = pipeline.start(selective_execution_config=chosen)
    seen["selected"] = [queue.answer("good")["arguments"], wait(fourth)]
    seen["ran"] = sorted(each["StepName"] for each in fourth.list_steps())
    pipeline.delete()
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
