"""The encrypted queue of messages that could not be handled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs

from secure_mlops_constructs.acknowledgments import acknowledge

if TYPE_CHECKING:
    from constructs import Construct


def dead_letter_name(name: str) -> str:
    """Return the name of a dead-letter queue."""
    return f"{name}-failed"


def dead_letter_queue(scope: Construct, name: str, key_arn: str) -> sqs.Queue:
    """Make an encrypted dead-letter queue, kept for SQS's maximum of 14 days."""
    return sqs.Queue(
        scope,
        "DeadLetters",
        queue_name=dead_letter_name(name),
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=kms.Key.from_key_arn(scope, "DeadLettersKey", key_arn),
        enforce_ssl=True,
        retention_period=cdk.Duration.days(14),
    )


def rule_dead_letters(scope: Construct, name: str, key_arn: str, rules: str) -> sqs.Queue:
    """Make the dead-letter queue of EventBridge rules; `rules` is a pattern of their ARNs."""
    queue = dead_letter_queue(scope, name, key_arn)
    let_events_leave(queue, rules)
    acknowledge(
        queue,
        "AwsSolutions-SQS3",
        reason=(
            "The queue is itself the dead-letter queue of EventBridge's rules and schedules; the"
            " rule knows those of queues and functions only."
        ),
    )
    return queue


def let_events_leave(queue: sqs.Queue, sources: str, *, sid: str = "Undelivered") -> None:
    """Let EventBridge send undelivered events to a queue, whose key's policy must allow it, too.

    `sources` is a pattern of the ARNs of rules or buses.
    """
    queue.add_to_resource_policy(_for_events(sid, ["sqs:SendMessage"], queue.queue_arn, [sources]))


def dead_letter_statement(sid: str, sources: list[str]) -> iam.PolicyStatement:
    """Write the statement for EventBridge in the policy of a key of dead letters."""
    return _for_events(sid, ["kms:Decrypt", "kms:GenerateDataKey"], "*", sources)


def _for_events(
    sid: str, actions: list[str], resource: str, sources: list[str]
) -> iam.PolicyStatement:
    # The ARNs name the account, and AWS documents no aws:SourceAccount here (EventBridge User
    # Guide, "Using dead-letter queues to process undelivered events").
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=actions,
        resources=[resource],
        conditions={"ArnLike": {"aws:SourceArn": sources}},
    )
