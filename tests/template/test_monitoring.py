"""Monitoring: every pipeline is watched, every message can be read and leads to a section."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_local.aws import matches
from tests.template.monitored import alarm_event, alarms, composites
from tests.template.policies import is_allowed, is_denied

if TYPE_CHECKING:
    from cloud_assembly.messages import MessageRule
    from tests.template.assembly import Stacks

PROJECT = Path(__file__).resolve().parents[2]
STACK, QUEUE = "Monitoring", "AWS::SQS::Queue"
LIMITS = {"training": {"failed", "step-slow", "late"}, "batch-inference": {"failed", "late"}}


def _anchors() -> set[str]:
    """The sections of the runbook, by the anchors that a browser of Markdown gives them."""
    text = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#{2,3} (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def test_every_pipeline_has_its_alarms_and_one_over_them(dev: Stacks, prod: Stacks) -> None:
    for stacks, name in ((dev, "dev"), (prod, "prod")):
        for properties in stacks.properties("AWS::SageMaker::Pipeline"):
            pipeline = properties["PipelineName"]
            short = pipeline.removeprefix(f"secure-mlops-{name}-")
            found = {
                alarm.removeprefix(f"{pipeline}-")
                for alarm in alarms(stacks)
                if alarm.startswith(f"{pipeline}-") and not alarm.endswith("dead-letters")
            }
            wanted = LIMITS[short] if name == "prod" else {"failed"}
            assert wanted <= found, pipeline
            rule = composites(stacks)[pipeline]["AlarmRule"]
            assert set(re.findall(r'ALARM\("([^"]+)"\)', rule)) == {
                f"{pipeline}-{each}" for each in found
            }


def test_every_alarm_is_below_a_composite_one_and_only_those_act(dev: Stacks) -> None:
    watched = [
        name
        for each in composites(dev).values()
        for name in re.findall(r'ALARM\("([^"]+)"\)', each["AlarmRule"])
    ]
    assert sorted(watched) == sorted(alarms(dev))
    assert not [each for each in alarms(dev).values() if "AlarmActions" in each]


def test_every_composite_alarm_is_told_when_it_goes_on_and_off(
    dev: Stacks, messages: list[MessageRule]
) -> None:
    for name in composites(dev):
        for state, before in (("ALARM", "OK"), ("OK", "ALARM")):
            event = alarm_event(name, state, before)
            assert [each.name for each in messages if matches(each.pattern, event)] == [
                f"{name}-{'alarm' if state == 'ALARM' else 'quiet'}"
            ]
        # A new alarm finds out that all is well: no notification.
        event = alarm_event(name, "OK", "INSUFFICIENT_DATA")
        assert not [each for each in messages if matches(each.pattern, event)]


def test_every_queue_is_watched(dev: Stacks) -> None:
    queues = {each["QueueName"] for stack in dev.templates for each in dev.properties(QUEUE, stack)}
    watched = {
        dimension["Value"]
        for alarm in alarms(dev).values()
        for dimension in alarm.get("Dimensions", ())
        if dimension["Name"] == "QueueName"
    }
    assert len(queues) >= 5
    assert queues == watched


def test_every_alarm_and_message_names_a_section_that_exists(
    dev: Stacks, prod: Stacks, messages: list[MessageRule]
) -> None:
    anchors = _anchors()
    texts = [
        *(each["AlarmDescription"] for each in (*alarms(dev).values(), *alarms(prod).values())),
        *(each["AlarmDescription"] for each in composites(dev).values()),
        *(each.template for each in messages),
        *(str(each["DashboardBody"]) for each in dev.properties("AWS::CloudWatch::Dashboard")),
    ]
    for text in texts:
        named = re.findall(r"docs/operations\.md#([a-z-]+)", text)
        assert named, text
        assert set(named) <= anchors, text


def test_an_absent_run_is_noticed(prod: Stacks) -> None:
    alarm = alarms(prod)["secure-mlops-prod-batch-inference-late"]
    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ExecutionSucceeded", 1)
    assert alarm["EvaluationPeriods"] == alarm["DatapointsToAlarm"] == 26
    for each in alarms(prod).values():
        seconds = each["EvaluationPeriods"] * each.get("Period", 3600)
        assert seconds <= (604_800 if each.get("Period", 3600) >= 3600 else 86_400)


def test_slow_steps_are_compared_in_milliseconds(prod: Stacks) -> None:
    alarm = alarms(prod)["secure-mlops-prod-training-step-slow"]
    assert alarm["Threshold"] == 3_600_000
    *figures, highest = alarm["Metrics"]
    assert highest["Expression"] == "MAX([m1, m2])"
    steps = [each["MetricStat"]["Metric"]["Dimensions"][1]["Value"] for each in figures]
    assert steps == ["Preprocess", "Train"]  # a decision takes no time


def test_refusals_are_counted_where_our_logs_tell_of_them(dev: Stacks) -> None:
    filters = dev.properties("AWS::Logs::MetricFilter")
    by_metric: dict[str, set[str]] = {}
    for each in filters:
        (metric,) = each["MetricTransformations"]
        assert metric["MetricNamespace"] == "secure-mlops/dev"
        by_metric.setdefault(metric["MetricName"], set()).add(each["LogGroupName"])
    assert by_metric["RejectedConnections"] == {"/secure-mlops-dev/flow-logs"}
    assert by_metric["UnlistedLookUps"] == {"/secure-mlops-dev/look-ups"}
    groups = {each["LogGroupName"] for each in dev.properties("AWS::Logs::LogGroup")}
    network = {f"/secure-mlops-dev/{name}" for name in ("flow-logs", "look-ups")}
    assert by_metric["AccessDenied"] == groups - network


def test_only_rules_of_ours_publish_and_only_over_tls(dev: Stacks) -> None:
    """EventBridge tells a topic no source, so its policy lets no service in: a role publishes."""
    (policy,) = (each["PolicyDocument"] for each in dev.properties("AWS::SNS::TopicPolicy"))
    assert {each["Effect"] for each in policy["Statement"]} == {"Deny"}
    topic = str(policy["Statement"][0]["Resource"])
    resource = re.sub(r"\W", "", topic.partition(":")[2])
    assert is_denied(policy, "sns:Publish", resource, {"aws:SecureTransport": "false"})
    assert not is_denied(policy, "sns:Publish", resource, {"aws:SecureTransport": "true"})
    role = next(
        each
        for each in dev.properties("AWS::IAM::Role", STACK)
        if each["RoleName"] == "secure-mlops-dev-alert-publisher"
    )
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    rules = "arn:aws:events:eu-central-1:111111111111:rule/secure-mlops-dev-*"
    assert trust["Condition"] == {"ArnLike": {"aws:SourceArn": [rules]}}
    (own,) = (
        each["PolicyDocument"]
        for each in dev.properties("AWS::IAM::ManagedPolicy", STACK)
        if each["ManagedPolicyName"] == "secure-mlops-dev-alert-publisher"
    )
    assert is_allowed(own, "sns:Publish", resource, {})
    assert not is_allowed(own, "sns:Publish", "arn:aws:sns:eu-central-1:111111111111:other", {})
    (properties,) = dev.properties("AWS::SNS::Topic")
    assert properties["TopicName"] == "secure-mlops-dev-alerts"
    assert "Notifications" in str(properties["KmsMasterKeyId"])
    addresses = [each["Endpoint"] for each in dev.properties("AWS::SNS::Subscription")]
    assert addresses == ["ml-platform@example.com"]


def test_undeliverable_messages_are_kept(dev: Stacks) -> None:
    for rule in dev.properties("AWS::Events::Rule", STACK):
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"]
            assert "alertpublisher" in str(target["RoleArn"])
