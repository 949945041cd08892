"""Jobs of runs, described and with their lines as a client finds them."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.logs.models import LogsBackend

from pipeline_local.jobs.inner_jobs import INNER_JOBS
from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.local_aws.cloud_patches import logs_jobs
from pipeline_local.runs.run_state import RUNS_FOLDER, RunFolder, RunState, Status, StepState
from pipeline_schema.api_model import service_model
from tests.unit.pipeline_local.local_aws.executing import ROLE, create, ended, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline_local.aws import Aws

SAY = 'echo "$ITEM"; if [ "$ITEM" = two ]; then sleep 2; echo "not two"; exit 1; fi'
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
    assert answer["CreationTime"] == datetime.fromisoformat(START)
    listed = aws.client("sagemaker").list_processing_jobs(NameContains=name)
    assert len(listed["ProcessingJobSummaries"]) == 1


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


def test_the_lines_of_a_job_are_found_by_the_start_of_its_stream(
    aws: Aws, job: Callable[..., str]
) -> None:
    name, logs = job("TrainingJob", Status.SUCCEEDED), aws.client("logs")
    asked = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamNamePrefix": f"{name}/"}
    pages = logs.get_paginator("filter_log_events").paginate(
        **asked, PaginationConfig={"PageSize": 1}
    )
    found = [[event["message"] for event in page["events"]] for page in pages]
    assert [each for each in found if each] == [["first"], ["second"]]


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


@pytest.mark.skipif(not namespaces_available(), reason="the kernel gives this user no namespaces")
def test_each_iteration_has_a_job_of_its_own(aws: Aws, name: str) -> None:
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
    request = {
        "AppSpecification": {"ImageUri": image, "ContainerEntrypoint": ["sh", "-c", SAY]},
        "Environment": {"ITEM": {"Get": "ForEach.CurrentItem"}},
        "ProcessingResources": REQUESTS["ProcessingJob"]["ProcessingResources"],
        "RoleArn": ROLE,
    }
    body = [{"Name": "Say", "Type": "Processing", "Arguments": request}]
    items = {"IterableItems": ["one", "two"], "MaxConcurrency": 2, "ForEachBody": body}
    create(aws, name, {"Name": "Loop", "Type": "ForEach", "Arguments": items})
    arn = start(aws, name)
    assert ended(aws, arn)["PipelineExecutionStatus"] == "Failed"
    client, run_id = aws.client("sagemaker"), arn.rpartition("/")[2]
    listed = client.list_processing_jobs(NameContains=run_id, SortBy="Status")
    summaries = listed["ProcessingJobSummaries"]
    assert [each["ProcessingJobStatus"] for each in summaries] == ["Completed", "Failed"]
    described = [
        client.describe_processing_job(ProcessingJobName=each["ProcessingJobName"])
        for each in summaries
    ]
    assert [each["Environment"]["ITEM"] for each in described] == ["one", "two"]
    assert "not two" in described[1]["FailureReason"]
    logs, group = aws.client("logs"), "/aws/sagemaker/ProcessingJobs"
    for job_, lines in zip(described, (["one"], ["two", "not two"]), strict=True):
        begin = f"{job_['ProcessingJobName']}/"
        found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=begin)
        (stream,) = (each["logStreamName"] for each in found["logStreams"])
        said = logs.filter_log_events(logGroupName=group, logStreamNames=[stream])["events"]
        assert [event["message"] for event in said] == lines


def test_trials_are_described_and_listed(
    aws: Aws, job: Callable[..., str], server_state: Path
) -> None:
    tuning = job("HyperParameterTuningJob", Status.SUCCEEDED)
    run_id = tuning.split("-")[1]
    folder = server_state / RUNS_FOLDER / run_id / INNER_JOBS
    folder.mkdir()
    arn = f"arn:aws:sagemaker:eu-central-1:111111111111:hyper-parameter-tuning-job/{tuning}"
    for number, value in enumerate((0.3, None, 0.2)):
        facts = {"TrainingJobName": f"{tuning}-{number}", "TrainingJobArn": f"arn:{number}"}
        facts |= {"TuningJobArn": arn, "TunedHyperParameters": {"eta": str(number)}}
        metric = {"Type": "Minimize", "MetricName": "m", "Value": value}
        facts |= {} if value is None else {"FinalHyperParameterTuningJobObjectiveMetric": metric}
        status = Status.FAILED if value is None else Status.SUCCEEDED
        step = StepState("Training", status, START, END, 1, REQUESTS["TrainingJob"], facts)
        (folder / f"S.00{number}.json").write_text(json.dumps(asdict(step)))
    client = aws.client("sagemaker")

    def listed(**asked: Any) -> list[str]:
        answer = client.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=tuning, **asked
        )
        return [each["TrainingJobName"][-1] for each in answer["TrainingJobSummaries"]]

    assert listed() == ["0", "1", "2"]
    assert listed(SortBy="FinalObjectiveMetricValue") == ["2", "0", "1"]
    best_last = {"SortBy": "FinalObjectiveMetricValue", "SortOrder": "Descending"}
    assert listed(**best_last) == ["0", "2", "1"]
    assert listed(StatusEquals="Failed") == ["1"]
    assert listed(MaxResults=2) == ["0", "1"]
    first = client.describe_training_job(TrainingJobName=f"{tuning}-0")
    assert (first["TrainingJobStatus"], first["TuningJobArn"]) == ("Completed", arn)
    found = client.list_training_jobs(NameContains=run_id, SortBy="Name", SortOrder="Descending")
    assert [each["TrainingJobName"][-1] for each in found["TrainingJobSummaries"]] == [
        "2",
        "1",
        "0",
    ]
    with pytest.raises(ClientError, match="nobody"):
        client.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="nobody"
        )


@pytest.mark.parametrize("kind", TYPES)
def test_jobs_of_steps_are_listed_within_times(
    aws: Aws, job: Callable[..., str], kind: str
) -> None:
    name = job(kind, Status.SUCCEEDED)
    shown = getattr(aws.client("sagemaker"), f"list_{xform_name(kind)}s")

    def names(**asked: Any) -> list[str]:
        answer = shown(NameContains=name.upper(), **asked)
        return [each[f"{kind}Name"] for each in answer[f"{kind}Summaries"]]

    before, after = datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert names() == names(CreationTimeAfter=before) == names(CreationTimeBefore=after) == [name]
    assert names(CreationTimeAfter=after) == names(LastModifiedTimeBefore=before) == []
    assert names(StatusEquals="Failed") == []


def test_other_jobs_are_motos(aws: Aws) -> None:
    with pytest.raises(ClientError, match="Could not find training job"):
        aws.client("sagemaker").describe_training_job(TrainingJobName="none")
