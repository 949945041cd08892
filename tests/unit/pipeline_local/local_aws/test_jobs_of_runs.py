"""Jobs of runs, described and with their lines as a client finds them."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.logs.models import LogsBackend

from pipeline_local.local_aws.cloud_patches import logs_jobs
from pipeline_local.runs.run_state import RUNS_FOLDER, RunFolder, RunState, Status, StepState
from pipeline_schema.api_model import service_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline_local.aws import Aws

START, END = "2026-01-01T10:00:00.000+00:00", "2026-01-01T10:01:00.000+00:00"
REQUESTS: dict[str, dict[str, Any]] = {
    "ProcessingJob": {
        "AppSpecification": {"ImageUri": "i"},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 1,
            }
        },
        "Environment": {"A": "1"},
    },
    "TrainingJob": {
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "HyperParameters": {"eta": 0.1},
        "ThatNobodyKnows": 1,
    },
    "TransformJob": {
        "ModelName": "m",
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix"}}},
        "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
    },
    "HyperParameterTuningJob": {
        "HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits": {}}
    },
}
TYPES = {
    "ProcessingJob": "Processing",
    "TrainingJob": "Training",
    "TransformJob": "Transform",
    "HyperParameterTuningJob": "Tuning",
}


READING = ("describe_log_streams", "get_log_events", "filter_log_events")


@pytest.fixture
def job(server_state: Path) -> Callable[..., str]:
    """Make a run with a job; return the job's name."""

    def make(kind: str, status: Status, type_: str = "", **properties: Any) -> str:
        run_id = secrets.token_hex(6)
        name = f"pipelines-{run_id}-S"
        ended = None if status is Status.EXECUTING else END
        step = StepState(type_ or TYPES[kind], status, START, ended, arguments=REQUESTS[kind])
        step.properties = {f"{kind}Name": name, f"{kind}Arn": f"arn:{name}", **properties}
        step.failure = "AlgorithmError: no" if status is Status.FAILED else None
        place = ("111111111111", "eu-central-1", "aws")
        run = RunState(run_id, "p", "p", "", *place, {}, {"S": step}, started=START, ended=END)
        folder = RunFolder(server_state / RUNS_FOLDER / run_id)
        folder.save(run)
        (folder.folder / "logs").mkdir()
        (folder.folder / "logs" / "S.log").write_text("first\nsecond\n")
        return name

    return make


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("status", "said"),
    [(Status.EXECUTING, "InProgress"), (Status.FAILED, "Failed"), (Status.SUCCEEDED, "Completed")],
)
def test_a_job_has_what_the_response_must_have(
    aws: Aws, job: Callable[..., str], kind: str, status: Status, said: str
) -> None:
    name = job(kind, status)
    describe = {
        "ProcessingJob": aws.client("sagemaker").describe_processing_job,
        "TrainingJob": aws.client("sagemaker").describe_training_job,
        "TransformJob": aws.client("sagemaker").describe_transform_job,
        "HyperParameterTuningJob": aws.client("sagemaker").describe_hyper_parameter_tuning_job,
    }[kind]
    answer: dict[str, Any] = dict(describe(**{f"{kind}Name": name}))
    shape: Any = service_model().operation_model(f"Describe{kind}").output_shape
    assert set(shape.required_members) <= answer.keys() <= {*shape.members, "ResponseMetadata"}
    assert (answer[f"{kind}Name"], answer[f"{kind}Status"]) == (name, said)
    assert answer["CreationTime"] == datetime.fromisoformat(START)
    assert answer.get("FailureReason") == (
        "AlgorithmError: no" if status is Status.FAILED else None
    )
    end = {"TuningJob": "HyperParameterTuningEndTime"}.get(kind[14:], f"{kind[:-3]}EndTime")
    assert answer.get(end) == (None if said == "InProgress" else datetime.fromisoformat(END))


def test_a_training_job_says_how_it_went(aws: Aws, job: Callable[..., str]) -> None:
    name = job("TrainingJob", Status.SUCCEEDED, BillableTimeInSeconds=60)
    answer = aws.client("sagemaker").describe_training_job(TrainingJobName=name)
    assert answer["SecondaryStatus"] == "Completed"
    found = [each["Status"] for each in answer["SecondaryStatusTransitions"]]
    assert found == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert (answer["BillableTimeInSeconds"], answer["HyperParameters"]) == (60, {"eta": "0.1"})
    assert answer["TrainingStartTime"] == datetime.fromisoformat(START)


def test_a_check_has_a_processing_job(aws: Aws, job: Callable[..., str]) -> None:
    name = job("ProcessingJob", Status.SUCCEEDED, "QualityCheck", CheckType="DATA_QUALITY")
    answer = aws.client("sagemaker").describe_processing_job(ProcessingJobName=name)
    assert answer["AppSpecification"] == {"ImageUri": "i"}


def test_the_lines_of_a_job_are_in_its_log_group(aws: Aws, job: Callable[..., str]) -> None:
    name = job("TrainingJob", Status.SUCCEEDED)
    logs, group = aws.client("logs"), "/aws/sagemaker/TrainingJobs"
    found = logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/Training")["logGroups"]
    assert [each["logGroupName"] for each in found] == [group]
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")[
        "logStreams"
    ]
    place = {"logGroupName": group, "logStreamName": stream["logStreamName"]}
    events = logs.get_log_events(**place, startFromHead=True)["events"]
    assert [event["message"] for event in events] == ["first", "second"]
    events = logs.filter_log_events(
        logGroupName=group, logStreamNames=[stream["logStreamName"]], filterPattern="second"
    )["events"]
    assert [event["message"] for event in events] == ["second"]


def test_a_group_of_ones_own_keeps_its_streams(aws: Aws, job: Callable[..., str]) -> None:
    logs, group = aws.client("logs"), "/aws/sagemaker/TransformJobs"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="mine")
    name = job("TransformJob", Status.FAILED)
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert {each["logStreamName"].partition("/")[0] for each in streams} >= {"mine", name}
    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {}
    logs.delete_log_group(logGroupName=group)


def test_only_jobs_of_the_groups_asked_for_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(*place: str) -> Iterator[Any]:
        read.append(place[-1])
        return iter(())

    for name in ("describe_log_groups", *READING):  # which the patches replace
        monkeypatch.setattr(LogsBackend, name, getattr(LogsBackend, name))
    logs_jobs.install()
    monkeypatch.setattr(logs_jobs, "jobs", counted)
    with mock_aws():
        logs = boto3.client("logs", "eu-central-1")
        for group in ("mine", "/aws/sagemaker/TrainingJobs"):
            logs.create_log_group(logGroupName=group)
        logs.describe_log_streams(logGroupName="mine")
        logs.filter_log_events(logGroupName="mine")
        assert len(logs.describe_log_groups(logGroupNamePrefix="mine")["logGroups"]) == 1
        assert read == []
        arn = f"arn:aws:logs:eu-central-1:123456789012:log-group:{group}"
        logs.describe_log_streams(logGroupIdentifier=arn)
        logs.filter_log_events(logGroupName=group)
        logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/Tr")
        assert read == ["TrainingJob"] * 3 + ["TransformJob"]


def test_other_jobs_are_motos(aws: Aws) -> None:
    with pytest.raises(ClientError, match="Could not find training job"):
        aws.client("sagemaker").describe_training_job(TrainingJobName="none")
