"""What the templates ask of CloudWatch, EventBridge, Scheduler and SNS, asked of their APIs.

The requests pass botocore's model of each API; moto keeps them and gives them back. What moto
does not have (composite alarms) is held against the model alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from cloud_assembly import CloudAssembly
from cloud_assembly.messages import messages_of
from tests.template.policies import resolved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.template.assembly import Stacks

KEY = "arn:aws:kms:eu-central-1:111111111111:key/00000000-0000-0000-0000-000000000000"
ROLE = "arn:aws:iam::111111111111:role/x"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


def _client(service: str) -> Any:
    return boto3.client(service, region_name="eu-central-1")


def _without_tags(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "Tags"}


def test_alarms(prod: Stacks) -> None:
    cloudwatch = _client("cloudwatch")
    declared = prod.properties("AWS::CloudWatch::Alarm")
    for each in declared:
        cloudwatch.put_metric_alarm(**_without_tags(each))
    pages = cloudwatch.get_paginator("describe_alarms").paginate()
    kept = {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}
    assert len(declared) == len(kept) >= 10
    for each in declared:
        assert kept[each["AlarmName"]]["EvaluationPeriods"] == each["EvaluationPeriods"]
        assert kept[each["AlarmName"]]["TreatMissingData"] == each["TreatMissingData"]


def test_composite_alarms(prod: Stacks) -> None:
    from botocore.validate import ParamValidator

    model = _client("cloudwatch").meta.service_model
    shape = model.operation_model("PutCompositeAlarm").input_shape
    for each in prod.properties("AWS::CloudWatch::CompositeAlarm"):
        report = ParamValidator().validate(_without_tags(each), shape)
        assert not report.has_errors(), report.generate_report()
        assert len(each["AlarmRule"]) <= shape.members["AlarmRule"].metadata["max"]


def test_dashboard_and_metric_filters(dev: Stacks) -> None:
    (dashboard,) = dev.properties("AWS::CloudWatch::Dashboard")
    cloudwatch = _client("cloudwatch")
    cloudwatch.put_dashboard(**dashboard)
    body = cloudwatch.get_dashboard(DashboardName="secure-mlops-dev")["DashboardBody"]
    assert json.loads(body)["start"] == "-P14D"
    logs = _client("logs")
    for each in dev.properties("AWS::Logs::MetricFilter"):
        logs.create_log_group(logGroupName=each["LogGroupName"])
        (metric,) = each["MetricTransformations"]
        lowered = {name[0].lower() + name[1:]: value for name, value in metric.items()}
        logs.put_metric_filter(
            logGroupName=each["LogGroupName"],
            filterName=each["FilterName"],
            filterPattern=each["FilterPattern"],
            metricTransformations=[lowered],
        )
    kept = logs.describe_metric_filters()["metricFilters"]
    assert {each["metricTransformations"][0]["metricName"] for each in kept} == {
        "AccessDenied",
        "UnlistedLookUps",
        "RejectedConnections",
    }


def test_rules_and_their_targets(cloud_assembly: Path) -> None:
    events, assembly = _client("events"), CloudAssembly(cloud_assembly)
    stacks = [
        each
        for each in assembly.stacks
        if each.name in {"secure-mlops-dev-monitoring", "secure-mlops-dev-schedules"}
    ]
    for stack in stacks:
        for _, each in stack.resources_of_type("AWS::Events::Rule"):
            rule = assembly.resolver.resolve_mapping(each["Properties"], stack)
            events.put_rule(
                Name=rule["Name"],
                Description=rule["Description"],
                EventPattern=json.dumps(rule["EventPattern"]),
                State=rule.get("State", "ENABLED"),
            )
            answer = events.put_targets(Rule=rule["Name"], Targets=rule["Targets"])
            assert answer["FailedEntryCount"] == 0
    message = events.list_targets_by_rule(Rule="secure-mlops-dev-step-failed")["Targets"][0]
    assert message["InputTransformer"]["InputPathsMap"]["reason"] == "$.detail.failureReason"
    start = events.list_targets_by_rule(Rule="secure-mlops-dev-retraining-on-data")["Targets"][0]
    assert start["SageMakerPipelineParameters"]["PipelineParameterList"][0]["Value"] == "$.time"


def test_schedules(dev: Stacks) -> None:
    scheduler = _client("scheduler")
    scheduler.create_schedule_group(Name="secure-mlops-dev")
    for each in dev.properties("AWS::Scheduler::Schedule"):
        properties = {**resolved(_without_tags(each)), "KmsKeyArn": KEY}
        target = {**properties["Target"], "RoleArn": ROLE}
        target["DeadLetterConfig"] = {"Arn": "arn:aws:sqs:eu-central-1:111111111111:failed"}
        scheduler.create_schedule(**{**properties, "Target": target})
    kept = scheduler.get_schedule(GroupName="secure-mlops-dev", Name="retraining")
    assert kept["State"] == "DISABLED"
    assert kept["ScheduleExpression"] == "cron(0 3 ? * SUN,WED *)"


def test_a_message_reaches_subscribers(cloud_assembly: Path) -> None:
    """As EventBridge does it: the rule's text, filled in, published to the topic."""
    assembly = CloudAssembly(cloud_assembly)
    (message,) = [
        message
        for stack in assembly.stacks
        for message in messages_of(stack, assembly.resolver)
        if message.name == "secure-mlops-dev-step-failed"
    ]
    sns, sqs = _client("sns"), _client("sqs")
    topic = sns.create_topic(Name=message.topic.rpartition(":")[2])["TopicArn"]
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    detail = {"stepName": "Score", "stepType": "Transform", "failureReason": "no such model"}
    sns.publish(TopicArn=topic, Message=message.render({"time": "2026-11-25", "detail": detail}))
    (received,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    first, *_ = received["Body"].splitlines()
    assert first == '"What: step Score (Transform) failed: no such model"'
