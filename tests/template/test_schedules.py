"""What starts by itself: once a scheduled time, the pipelines meant and no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.aws import matches
from tests.template.policies import is_allowed, resolved

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

HERE = "111111111111"
STACK = "Schedules"


def _schedules(stacks: Stacks) -> dict[str, dict[str, Any]]:
    return {each["Name"]: each for each in stacks.properties("AWS::Scheduler::Schedule")}


def _rules(stacks: Stacks) -> dict[str, dict[str, Any]]:
    return {each["Name"]: each for each in stacks.properties("AWS::Events::Rule", STACK)}


def test_a_schedule_for_each_pipeline_that_is_there(dev: Stacks, prod: Stacks) -> None:
    for stacks in (dev, prod):
        # The made-up pipelines are training and batch-inference.
        assert _schedules(stacks).keys() == {"batch-inference", "retraining"}
    group = dev.properties("AWS::Scheduler::ScheduleGroup")
    assert [each["Name"] for each in group] == ["secure-mlops-dev"]


def test_settings_say_when_and_whether(dev: Stacks, prod: Stacks) -> None:
    night = _schedules(prod)["batch-inference"]
    assert night["ScheduleExpression"] == "cron(30 1 * * ? *)"
    assert night["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert night["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert night["State"] == "DISABLED"  # until a model is promoted
    assert _schedules(prod)["retraining"]["State"] == "ENABLED"
    assert _schedules(dev)["retraining"]["State"] == "DISABLED"
    assert {each["State"] for each in _rules(prod).values()} == {"ENABLED"}
    assert {each["State"] for each in _rules(dev).values()} == {"DISABLED"}


def test_one_scheduled_time_makes_one_run(prod: Stacks) -> None:
    target = _schedules(prod)["retraining"]["Target"]
    assert target["Arn"].endswith(":aws-sdk:sagemaker:startPipelineExecution")
    request = json.loads(target["Input"])
    assert request["PipelineName"] == "secure-mlops-prod-training"
    time = "<aws.scheduler.scheduled-time>"
    # Attempts have different ids and the same time.
    assert time in request["ClientRequestToken"]
    assert len(request["ClientRequestToken"].replace(time, "")) >= 32
    assert request["PipelineParameters"] == [{"Name": "DataVersion", "Value": f"as of {time}"}]
    # batch-inference has no such parameter here.
    batch = json.loads(_schedules(prod)["batch-inference"]["Target"]["Input"])
    assert "PipelineParameters" not in batch


def test_requests_are_ones_that_sagemaker_takes(dev: Stacks) -> None:
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    model = get_session().get_service_model("sagemaker")
    shape = model.operation_model("StartPipelineExecution").input_shape
    for each in _schedules(dev).values():
        report = ParamValidator().validate(json.loads(each["Target"]["Input"]), shape)
        assert not report.has_errors(), report.generate_report()


def test_what_fails_is_kept_under_the_key(dev: Stacks) -> None:
    for each in _schedules(dev).values():
        assert "Notifications" in str(each["KmsKeyArn"])
        assert each["Target"]["DeadLetterConfig"]["Arn"]
        assert each["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 5
    for each in _rules(dev).values():
        assert all(target["DeadLetterConfig"]["Arn"] for target in each["Targets"])


@pytest.mark.parametrize(
    ("role", "started"),
    [("scheduler", {"training", "batch-inference"}), ("pipeline-starter", {"training"})],
)
def test_roles_start_exactly_those_pipelines(dev: Stacks, role: str, started: set[str]) -> None:
    policy = dev.policy(f"secure-mlops-dev-{role}")
    arn = f"arn:aws:sagemaker:eu-central-1:{HERE}:pipeline/secure-mlops-dev-"
    for name in ("training", "batch-inference", "model-quality", "other"):
        allowed = is_allowed(policy, "sagemaker:StartPipelineExecution", f"{arn}{name}", {})
        assert allowed is (name in started)
    assert "*" not in json.dumps([each["Resource"] for each in resolved(policy)["Statement"]])


DRIFT = {
    "source": "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    "resources": [
        f"arn:aws:cloudwatch:eu-central-1:{HERE}:alarm:secure-mlops-dev-batch-inference-drift"
    ],
    "detail": {"state": {"value": "ALARM"}},
}
DATA = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "detail": {
        "bucket": {"name": f"secure-mlops-dev-data-{HERE}-eu-central-1"},
        "object": {"key": "abalone/raw/abalone.csv"},
    },
}
QUIET = {**DRIFT, "detail": {"state": {"value": "OK"}}}
ELSEWHERE = {**DATA, "detail": {**DATA["detail"], "object": {"key": "abalone/scored/a.csv"}}}


@pytest.mark.parametrize(
    ("event", "rule"),
    [(DRIFT, "retraining-on-drift"), (DATA, "retraining-on-data"), (QUIET, ""), (ELSEWHERE, "")],
)
def test_drift_and_fresh_data_start_retraining(
    dev: Stacks, event: dict[str, Any], rule: str
) -> None:
    patterns = {name: resolved(each["EventPattern"]) for name, each in _rules(dev).items()}
    found = [name for name, pattern in patterns.items() if matches(pattern, event)]
    assert found == ([f"secure-mlops-dev-{rule}"] if rule else [])
    for each in _rules(dev).values():
        (target,) = each["Targets"]
        assert str(resolved(target["Arn"])).endswith("pipeline/secure-mlops-dev-training")
        (version,) = target["SageMakerPipelineParameters"]["PipelineParameterList"]
        assert version == {"Name": "DataVersion", "Value": "$.time"}


def test_only_the_data_bucket_tells_of_its_objects(dev: Stacks) -> None:
    telling = [
        each["BucketName"]
        for each in dev.properties("AWS::S3::Bucket")
        if "NotificationConfiguration" in each
    ]
    assert telling == [f"secure-mlops-dev-data-{HERE}-eu-central-1"]
