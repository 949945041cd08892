"""Each construct of alarms, messages and schedules by itself passes the rule packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.template.constructs.parts import KEY, QUEUE, RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    import aws_cdk as cdk

    Judge = Callable[[cdk.Stack], set[str]]


TOPIC = "arn:aws:sns:eu-central-1:111111111111:alerts"
PUBLISHER = "arn:aws:iam::111111111111:role/p-alert-publisher"


def _topic(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.alerts_topic import AlertsTopic

    AlertsTopic(
        stack,
        "Alerts",
        topic_name="alerts",
        display_name="alerts",
        key_arn=KEY,
        addresses=["a@example.com"],
    )


def _letters(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.dead_letters import rule_dead_letters

    rule_dead_letters(stack, "p", KEY, RULES)


def _alert(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.alert_rule import AlertRule, Message

    AlertRule(
        stack,
        "Alert",
        name="p-alert",
        description="x",
        pattern={"source": ["aws.s3"]},
        message=Message("<a>", "b", "c", "d", "e", {"a": "$.time"}),
        topic_arn=TOPIC,
        role_arn=PUBLISHER,
        dead_letters_arn=QUEUE,
    )


def _starts(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.pipeline_schedules import PipelineSchedules, PipelineStart
    from secure_mlops_constructs.start_rule import StartRule

    start = PipelineStart("s", "x", "p", "0 2 * * ? *", "UTC", 0, paused=True)
    PipelineSchedules(
        stack,
        "Schedules",
        group_name="secure-mlops-x",
        starts=[start],
        role_arn="arn:aws:iam::111111111111:role/x",
        key_arn=KEY,
        dead_letters_arn=QUEUE,
        partition="aws",
    )
    StartRule(
        stack,
        "Rule",
        name="p-on-data",
        description="x",
        pattern={"source": ["aws.s3"]},
        pipeline_arn="arn:aws:sagemaker:eu-central-1:111111111111:pipeline/p",
        parameters={},
        role_arn="arn:aws:iam::111111111111:role/x",
        paused=False,
        dead_letters_arn=QUEUE,
    )


def _dashboard(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.dashboard import Dashboard, Graph, Row
    from secure_mlops_constructs.watched_part import Figure

    graph = Graph("x", {"a": Figure("n", "m", {"d": "v"}, "Sum")}, limits={"l": 1})
    Dashboard(stack, "D", name="d", region="eu-central-1", rows=[Row("# x", [graph], ["arn:a"])])


def _watched(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.watched_part import AlarmRecord, Figure, WatchedPart

    figures = (Figure("n", "m", {"d": "v"}, "Sum"), Figure("n", "o", {}, "Sum"))
    records = [
        AlarmRecord(f"p-{len(some)}", "failed", "x", "docs/operations.md#x", some, 0, 24)
        for some in (figures, figures[:1])
    ]
    WatchedPart(stack, "P", name="p", meaning="x", runbook="r", records=records)


@pytest.mark.parametrize("make", [_topic, _letters, _alert, _starts, _dashboard])
def test_a_construct_passes_by_itself(
    stack: cdk.Stack, findings: Judge, make: Callable[[cdk.Stack], None]
) -> None:
    make(stack)
    assert findings(stack) == set()


def test_alarms_leave_acting_to_the_one_above_them(stack: cdk.Stack, findings: Judge) -> None:
    _watched(stack)
    assert {found.partition(" at ")[0] for found in findings(stack)} == {
        "HIPAA.Security-CloudWatchAlarmAction",
        "NIST.800.53.R5-CloudWatchAlarmAction",
    }


def test_a_message_too_long_for_eventbridge_is_told() -> None:
    from secure_mlops_constructs.alert_rule import Message

    with pytest.raises(ValueError, match="8192 are possible"):
        Message("x" * 9000, "", "", "", "", {}).template()


def test_an_alarm_of_too_many_metrics_is_told(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.watched_part import AlarmRecord, Figure, WatchedPart

    figures = tuple(Figure("n", f"m{number}", {}, "Sum") for number in range(11))
    record = AlarmRecord("p-slow", "step-slow", "x", "r", figures, 0, 24)
    with pytest.raises(ValueError, match="p-slow has more than 10 metrics"):
        WatchedPart(stack, "P", name="p", meaning="x", runbook="r", records=[record])
