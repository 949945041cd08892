"""When an alarm is on: its threshold, statistic, periods, and treatment of missing data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.local_aws.pipeline_metrics import NAMESPACE
from tests.unit.pipeline_local.local_aws.executing import create, ended, fail, start

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

ALARM, OK, UNKNOWN = "ALARM", "OK", "INSUFFICIENT_DATA"
MINUTE = 60


def put_alarm(aws: Aws, name: str, **more: Any) -> None:
    """An alarm that is on where one of three minutes has a sum above 1."""
    plain = {
        "Namespace": name,
        "MetricName": "Rows",
        "Period": MINUTE,
        "Statistic": "Sum",
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    if "Metrics" in more:
        for each in ("Namespace", "MetricName", "Period", "Statistic"):
            del plain[each]
    request = {key: value for key, value in {**plain, **more}.items() if value is not None}
    aws.client("cloudwatch").put_metric_alarm(AlarmName=name, **request)


def put_data(aws: Aws, name: str, *values: float, ago: float = 5, **more: Any) -> None:
    time = datetime.now(UTC) - timedelta(seconds=ago)
    data = [{"MetricName": "Rows", "Timestamp": time, "Value": value, **more} for value in values]
    aws.client("cloudwatch").put_metric_data(Namespace=name, MetricData=data)


def state_of(aws: Aws, name: str) -> tuple[str, str]:
    answer = aws.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (found,) = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
    return found["StateValue"], found["StateReason"]


@pytest.mark.parametrize(
    ("changes", "values", "wanted"),
    [
        ({}, [1, 1], ALARM),
        ({}, [1], OK),  # at the threshold, not above it
        ({"ComparisonOperator": "GreaterThanOrEqualToThreshold"}, [1], ALARM),
        ({"ComparisonOperator": "LessThanThreshold"}, [0], ALARM),
        ({"ComparisonOperator": "LessThanOrEqualToThreshold"}, [2], OK),
        ({"Statistic": "Maximum"}, [1, 1], OK),
        ({"Statistic": "SampleCount"}, [0, 0], ALARM),
        ({"Statistic": "Average"}, [1, 2], ALARM),
        ({"DatapointsToAlarm": 2}, [2], OK),
        ({"Dimensions": [{"Name": "Pipeline", "Value": "x"}]}, [2], OK),  # of another metric
        ({"Unit": "Seconds"}, [2], OK),
        ({"TreatMissingData": "breaching", "DatapointsToAlarm": 3}, [2], ALARM),
        ({"TreatMissingData": "breaching", "DatapointsToAlarm": 3}, [0], OK),
        ({"TreatMissingData": "breaching"}, [], ALARM),
        ({"TreatMissingData": None}, [], UNKNOWN),
        ({"TreatMissingData": None}, [2], ALARM),
        ({"TreatMissingData": "ignore"}, [], OK),  # as it began
        ({"TreatMissingData": "missing", "EvaluationPeriods": 1}, [0], OK),
    ],
)
def test_an_alarm_is_what_its_data_say(
    aws: Aws, name: str, changes: dict[str, Any], values: list[float], wanted: str
) -> None:
    put_alarm(aws, name, **changes)
    if values:
        put_data(aws, name, *values)
    assert state_of(aws, name)[0] == wanted
    by_state = aws.client("cloudwatch").describe_alarms(StateValue=wanted)["MetricAlarms"]
    assert name in {each["AlarmName"] for each in by_state}


def test_what_is_longer_ago_than_all_periods_does_not_count(aws: Aws, name: str) -> None:
    put_alarm(aws, name)
    put_data(aws, name, 5, ago=4 * MINUTE)
    assert state_of(aws, name)[0] == OK
    put_data(aws, name, 5, ago=2 * MINUTE)
    assert state_of(aws, name)[0] == ALARM


def of_steps(name: str, expression: str) -> list[dict[str, Any]]:
    stats = [
        {
            "Id": f"m{number}",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": name,
                    "MetricName": "Rows",
                    "Dimensions": [{"Name": "Step", "Value": step}],
                },
                "Stat": "Maximum",
                "Period": MINUTE,
            },
        }
        for number, step in enumerate(("a", "b"), start=1)
    ]
    return [*stats, {"Id": "all", "Expression": expression, "ReturnData": True}]


def test_the_highest_of_several_metrics_counts(aws: Aws, name: str) -> None:
    put_alarm(aws, name, Metrics=of_steps(name, "MAX([m1, m2])"))
    put_data(aws, name, 1, Dimensions=[{"Name": "Step", "Value": "a"}])
    assert state_of(aws, name)[0] == OK
    put_data(aws, name, 2, Dimensions=[{"Name": "Step", "Value": "b"}])
    assert state_of(aws, name)[0] == ALARM


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"Statistic": None, "ExtendedStatistic": "p99"}, "the statistic None"),
        ({"Metrics": of_steps("x", "m1 / m2")}, "the expression m1 / m2"),
        ({"Metrics": of_steps("x", "MAX([m1, m3])")}, "expressions of expressions"),
        ({"Metrics": of_steps("x", "MAX([m1])")[:2]}, "0 queries that return data"),
        ({"TreatMissingData": "missing"}, "TreatMissingData missing where some"),
    ],
)
def test_what_is_not_evaluated_is_unknown_by_name(
    aws: Aws, name: str, changes: dict[str, Any], word: str
) -> None:
    put_alarm(aws, name, **changes)
    put_data(aws, name, 0)
    value, reason = state_of(aws, name)
    assert value == UNKNOWN
    assert reason.startswith(f"The local AWS does not evaluate {word}")


def test_an_alarm_over_others_is_on_where_one_of_them_is(aws: Aws, name: str) -> None:
    cloudwatch = aws.client("cloudwatch")
    for each in ("first", "second"):
        put_alarm(aws, f"{name}-{each}")
    any_of, both = (
        word.join(f'ALARM("{name}-{each}")' for each in ("first", "second"))
        for word in (" OR ", " AND ")
    )
    cloudwatch.put_composite_alarm(AlarmName=f"{name}-any", AlarmRule=any_of)
    cloudwatch.put_composite_alarm(AlarmName=f"{name}-both", AlarmRule=both)
    assert state_of(aws, f"{name}-any")[0] == OK
    cloudwatch.put_metric_data(
        Namespace=f"{name}-second", MetricData=[{"MetricName": "Rows", "Value": 2}]
    )
    assert state_of(aws, f"{name}-any") == (ALARM, f"{name}-second in ALARM")
    assert state_of(aws, f"{name}-both") == (
        UNKNOWN,
        f"The local AWS does not evaluate the rule {both}",
    )


def test_a_failed_execution_is_a_data_point_of_its_pipeline(aws: Aws, name: str) -> None:
    by_pipeline = [{"Name": "PipelineName", "Value": name}]
    put_alarm(
        aws,
        name,
        Namespace=NAMESPACE,
        MetricName="ExecutionFailed",
        Dimensions=by_pipeline,
        Threshold=0,
        Period=3600,
    )
    assert state_of(aws, name)[0] == OK
    create(aws, name, fail("Stop"))
    assert ended(aws, start(aws, name))["PipelineExecutionStatus"] == "Failed"
    assert state_of(aws, name)[0] == ALARM
    listed = aws.client("cloudwatch").list_metrics(Namespace=NAMESPACE, Dimensions=by_pipeline)
    assert {each["MetricName"] for each in listed["Metrics"]} == {
        f"{kind}{what}"
        for kind in ("Execution", "Step")
        for what in ("Started", "Failed", "Duration")
    }
