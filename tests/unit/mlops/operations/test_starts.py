"""The pause switch: at once, with who and why, and nothing else of a schedule changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from environments import load_environment
from environments.schedules import Schedule
from mlops.command_line.main import app
from mlops.operations.starts import Starts
from mlops_common.errors import MlopsError
from pipeline_definitions.model_project import ModelProject, ModelProjects
from pipeline_local.aws import Aws

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = "eu-central-1:111111111111"
GROUP = "secure-mlops-dev"
SCHEDULE: dict[str, Any] = {
    "Name": "retraining",
    "GroupName": GROUP,
    "Description": "Starts training in dev",
    "ScheduleExpression": "cron(0 3 ? * SUN,WED *)",
    "ScheduleExpressionTimezone": "Europe/Berlin",
    "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
    "State": "ENABLED",
    "KmsKeyArn": f"arn:aws:kms:{HERE}:key/00000000-0000-0000-0000-000000000000",
    "Target": {
        "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution",
        "RoleArn": "arn:aws:iam::111111111111:role/secure-mlops-dev-scheduler",
        "Input": '{"PipelineName": "secure-mlops-dev-training"}',
        "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 5},
        "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{HERE}:secure-mlops-dev-schedules-failed"},
    },
}


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Starts]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        scheduler = boto3.client("scheduler", region_name="eu-central-1")
        scheduler.create_schedule_group(Name=GROUP)
        scheduler.create_schedule(**SCHEDULE)
        boto3.client("events", region_name="eu-central-1").put_rule(
            Name=f"{GROUP}-retraining-on-data",
            Description="Retrains when there are fresh raw data",
            EventPattern='{"source": ["aws.s3"]}',
        )
        monkeypatch.setattr(
            "mlops.operations.starts.connect", lambda region, account, **_: Aws(region, account)
        )
        settings = load_environment("dev")
        training = Schedule("training", "0 3 ? * SUN,WED *", on_data=True, called="retraining")
        batch = Schedule("batch-inference", "0 2 * * ? *", paused=True)
        project = ModelProject(
            "abalone",
            "abalone-age",
            batch="batch-inference",
            schedules=(batch, training),
            training="training",
        )
        projects = ModelProjects(settings, (project,))
        monkeypatch.setattr("mlops.operations.starts.declared_projects", lambda _: projects)
        yield Starts(Aws(settings.region, settings.account), settings)


def _schedule() -> dict[str, Any]:
    client = boto3.client("scheduler", region_name="eu-central-1")
    answer: dict[str, Any] = client.get_schedule(GroupName=GROUP, Name="retraining")
    return answer


def test_pausing_changes_the_state_and_nothing_else(starts: Starts) -> None:
    starts.pause("retraining", "the source\nmoves")
    after = _schedule()
    assert after["State"] == "DISABLED"
    assert after["Description"].startswith("Starts training in dev [paused 20")
    assert after["Description"].endswith(": the source moves]")
    for field in SCHEDULE.keys() - {"State", "Description"}:
        assert after[field] == SCHEDULE[field], field


def test_rules_go_with_their_schedule_and_come_back_with_it(starts: Starts) -> None:
    client = boto3.client("events", region_name="eu-central-1")
    rule = f"{GROUP}-retraining-on-data"
    changed = starts.pause("retraining", "a")
    assert {each.name: each.state for each in changed} == {
        "retraining": "paused",
        "retraining-on-data": "paused",
    }
    assert client.describe_rule(Name=rule)["State"] == "DISABLED"
    starts.resume("retraining", "b")
    assert client.describe_rule(Name=rule)["State"] == "ENABLED"
    # One note, the last.
    assert _schedule()["Description"].count("[") == 1


def test_the_list_says_who_when_and_why(starts: Starts) -> None:
    starts.pause("retraining", "the source moves")
    by_name = {each.name: each for each in starts.all()}
    assert by_name["retraining"].note.startswith("paused 20")
    assert "arn:aws:sts::" in by_name["retraining"].note
    assert by_name["retraining"].when == "cron(0 3 ? * SUN,WED *) Europe/Berlin"
    assert by_name["batch-inference"].state == "not deployed"
    assert by_name["retraining-on-drift"].state == "not deployed"


def test_the_command_tells_what_the_next_deployment_does(starts: Starts) -> None:
    del starts
    arguments = ["schedule", "resume", "retraining", "--reason", "ready"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    # dev has it paused in its settings.
    assert "then is paused again" in result.output.replace("\n", " ")
    assert "retraining: {paused: false}" in result.output
    again = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert [each["state"] for each in again] == ["running", "running"]


@pytest.mark.parametrize(
    ("name", "reason", "says"),
    [
        ("nightly", "x", "no schedule 'nightly'; choose one of: batch-inference"),
        ("batch-inference", "x", "not deployed in dev; deploy it: cdk deploy 'dev/"),
        ("retraining", "  ", "a reason is needed"),
        ("retraining", "x" * 600, "characters too long"),
    ],
)
def test_what_cannot_be_done_is_told_and_not_done(
    starts: Starts, name: str, reason: str, says: str
) -> None:
    with pytest.raises(MlopsError, match=says):
        starts.pause(name, reason)
    assert _schedule()["State"] == "ENABLED"


def test_a_schedule_is_fired_with_its_own_request(starts: Starts) -> None:
    sagemaker = boto3.client("sagemaker", region_name="eu-central-1")
    sagemaker.create_pipeline(
        PipelineName="secure-mlops-dev-training",
        PipelineDefinition='{"Version": "2020-12-01", "Steps": []}',
        ClientRequestToken="0" * 32,
        RoleArn="arn:aws:iam::111111111111:role/secure-mlops-dev-orchestration",
    )
    request = {
        "PipelineName": "secure-mlops-dev-training",
        "PipelineExecutionDescription": "retraining of <aws.scheduler.scheduled-time>",
        "ClientRequestToken": "secure-mlops-dev-retraining-<aws.scheduler.execution-id>",
    }
    target = {**SCHEDULE["Target"], "Input": json.dumps(request)}
    scheduler = boto3.client("scheduler", region_name="eu-central-1")
    scheduler.update_schedule(**{**SCHEDULE, "Target": target})
    started = starts.fire("retraining")
    described = sagemaker.describe_pipeline_execution(PipelineExecutionArn=started)
    assert described["PipelineExecutionDescription"].startswith("retraining of 20")
    with pytest.raises(MlopsError, match="no schedule 'never'; choose one of"):
        starts.fire("never")
