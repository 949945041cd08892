"""Log groups, alarms and dashboards as templates write them, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.unit.pipeline_local.cloudformation.types.resource_stack import TAGS

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

LOGS, FILTER = "Logs::LogGroup", "Logs::MetricFilter"
ALARM, COMPOSITE, DASHBOARD = (
    f"CloudWatch::{each}" for each in ("Alarm", "CompositeAlarm", "Dashboard")
)
KEY = "arn:aws:kms:eu-central-1:111111111111:key/"


def test_a_log_group_and_what_counts_in_it(stack: Stack) -> None:
    base = {"LogGroupName": f"/aws/lambda/{stack.name}"}
    before = {**base, "KmsKeyId": f"{KEY}a", "RetentionInDays": 30, "Tags": TAGS}
    after = {**base, "KmsKeyId": f"{KEY}b", "Tags": TAGS[:1]}
    group = stack.create(LOGS, before)
    assert group.attributes["Arn"].endswith(f":log-group:{group.physical_id}:*")
    stack.update(LOGS, group.physical_id, before, after)
    stack.update(LOGS, group.physical_id, after, base)
    assert not {"KmsKeyId", "RetentionInDays"} & stack.read(LOGS, group.physical_id).keys()
    identifier = json.dumps({"/properties/LogGroupName": group.physical_id}, separators=(",", ":"))
    words = f"Resource of type 'AWS::Logs::LogGroup' with identifier '{identifier}' already exists."
    assert stack.refused(LOGS, before) == words
    counted = {
        "DefaultValue": 0,
        "MetricName": "AccessDenied",
        "MetricNamespace": "x/dev",
        "MetricValue": "1",
        "Unit": "Count",
    }
    named = {"FilterName": "denied", **base}
    first = {**named, "FilterPattern": "?AccessDenied", "MetricTransformations": [counted]}
    by = [{"Key": "User", "Value": "$.user"}]
    counted_by = {name: each for name, each in counted.items() if name != "DefaultValue"}
    second = {
        **named,
        "FilterPattern": "{ $.user = * }",
        "MetricTransformations": [{**counted_by, "Dimensions": by}],
    }
    made = stack.create(FILTER, first).physical_id
    stack.update(FILTER, made, first, second)
    stack.delete(FILTER, made, second)
    stack.create(FILTER, first)
    stack.delete(LOGS, group.physical_id, base)
    assert not stack.aws.client("logs").describe_metric_filters(filterNamePrefix="denied")[
        "metricFilters"
    ]
    assert "log group does not exist" in stack.refused(FILTER, first)


def test_a_resource_policy_of_logs(stack: Stack) -> None:
    before, after = (
        {"PolicyName": stack.name, "PolicyDocument": json.dumps({"Statement": [], "Id": each})}
        for each in "ab"
    )
    stack.create("Logs::ResourcePolicy", before)
    stack.update("Logs::ResourcePolicy", stack.name, before, after)
    stack.delete("Logs::ResourcePolicy", stack.name, after)


def test_alarms_of_a_metric_and_of_an_expression(stack: Stack) -> None:
    base = {
        "AlarmDescription": "A run failed",
        "ComparisonOperator": "GreaterThanThreshold",
        "DatapointsToAlarm": 1,
        "EvaluationPeriods": 24,
        "Threshold": 0.5,
        "TreatMissingData": "notBreaching",
    }
    metric = {"MetricName": "Failed", "Namespace": "AWS/SageMaker"}
    dimensions = [{"Name": "PipelineName", "Value": "training"}]
    simple = {
        **base,
        **metric,
        "AlarmName": stack.name,
        "Dimensions": dimensions,
        "Period": 3600,
        "Statistic": "Sum",
        "Tags": TAGS,
    }
    stat = {"Metric": {**metric, "Dimensions": dimensions}, "Period": 60, "Stat": "Maximum"}
    metrics = [
        {"Id": "m1", "MetricStat": stat, "ReturnData": False},
        {"Id": "e1", "Expression": "MAX([m1])", "ReturnData": True},
    ]
    of_several = {**base, "AlarmName": stack.name, "Metrics": metrics, "Tags": TAGS[:1]}
    alarm = stack.create(ALARM, simple)
    assert alarm.attributes["Arn"].endswith(f":alarm:{stack.name}")
    stack.update(ALARM, stack.name, simple, of_several)
    stack.delete(ALARM, stack.name, of_several)
    bare = {name: value for name, value in simple.items() if name != "Tags"}
    stack.create(ALARM, bare)
    assert stack.read(ALARM, stack.name)["Tags"] == []  # those of the one before are gone


def test_an_alarm_of_alarms(stack: Stack) -> None:
    first, second = f"{stack.name}-a", f"{stack.name}-b"
    base = {"AlarmName": stack.name, "AlarmDescription": "Needs a person", "Tags": TAGS}
    before = {**base, "AlarmRule": f'ALARM("{first}") OR ALARM("{second}")'}
    after = {**base, "AlarmRule": f'ALARM("{first}")'}
    words = f"Could not save the composite alarm as alarms [{first}, {second}] in the alarm rule"
    assert words in stack.refused(COMPOSITE, before)
    alarm = {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "MetricName": "Failed",
        "Namespace": "x",
        "Period": 60,
        "Statistic": "Sum",
        "Threshold": 1,
    }
    for name in (first, second):
        stack.create(ALARM, {**alarm, "AlarmName": name})
    stack.create(COMPOSITE, before)
    stack.update(COMPOSITE, stack.name, before, after)
    stack.delete(ALARM, second, {})
    words = f"Cannot delete {first} as there are composite alarm(s) depending on it."
    assert words in stack.stays(ALARM, first, {})
    stack.delete(COMPOSITE, stack.name, after)
    stack.delete(ALARM, first, {})


def test_a_dashboard(stack: Stack) -> None:
    before, after = (
        {"DashboardName": stack.name, "DashboardBody": json.dumps({"start": each}), "Tags": tags}
        for each, tags in (("-P1D", TAGS), ("-P2D", TAGS[:1]))
    )
    stack.create(DASHBOARD, before)
    stack.update(DASHBOARD, stack.name, before, after)
    stack.delete(DASHBOARD, stack.name, after)
