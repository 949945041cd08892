"""Alarms in templates, and the events that they send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

HERE = "eu-central-1:111111111111"


def alarms(stacks: Stacks) -> dict[str, dict[str, Any]]:
    return {each["AlarmName"]: each for each in stacks.properties("AWS::CloudWatch::Alarm")}


def composites(stacks: Stacks) -> dict[str, dict[str, Any]]:
    return {
        each["AlarmName"]: each for each in stacks.properties("AWS::CloudWatch::CompositeAlarm")
    }


def alarm_event(name: str, state: str, before: str) -> dict[str, Any]:
    """The form of CloudWatch's documentation, "Alarm events and EventBridge"."""
    child = f"arn:aws:cloudwatch:{HERE}:alarm:{name}-failed"
    return {
        "version": "0",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "111111111111",
        "time": "2026-11-25T02:17:04Z",
        "region": "eu-central-1",
        "resources": [f"arn:aws:cloudwatch:{HERE}:alarm:{name}"],
        "detail": {
            "alarmName": name,
            "state": {
                "value": state,
                "reason": f"{child} transitioned to {state} at Wednesday 25 November, 2026",
                "timestamp": "2026-11-25T02:17:04.000+0000",
            },
            "previousState": {"value": before},
            "configuration": {"alarmRule": "…"},
        },
    }
