"""An event bus for the platform's own announcements, closed to other accounts."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.dead_letters import dead_letter_queue, let_events_leave


class AnnouncementBus(Construct):
    """A custom event bus under a key of ours, whose undeliverable events are kept.

    The policy of its key lets EventBridge use it for this bus (`bus_statements`). Events that
    EventBridge could not encrypt or decrypt go to a queue under another key, as that one has
    failed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        key_arn: str,
        dead_letters_key_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        arn = stack.format_arn(service="events", resource="event-bus", resource_name=name)
        self.dead_letters = dead_letter_queue(self, f"{name}-events", dead_letters_key_arn)
        self.bus = events.CfnEventBus(
            self,
            "Bus",
            name=name,
            description=description,
            kms_key_identifier=key_arn,
            dead_letter_config=events.CfnEventBus.DeadLetterConfigProperty(
                arn=self.dead_letters.queue_arn
            ),
            policy=iam.PolicyDocument(statements=[_only_this_account(arn, stack.account)]),
        )
        acknowledge(
            self.dead_letters,
            "AwsSolutions-SQS3",
            reason=(
                "The queue is itself the bus's dead-letter queue; the rule knows those of queues"
                " and functions only."
            ),
        )
        let_events_leave(self.dead_letters, arn, sid="UndeliverableEvents")


def bus_statements(bus_arn: str, account: str) -> list[iam.PolicyStatement]:
    """Write the statements for EventBridge in the policy of a bus's key.

    DescribeKey checks the key when the bus is made and comes without a source (EventBridge User
    Guide, "Encrypting EventBridge event buses with AWS KMS keys").
    """
    service = iam.ServicePrincipal("events.amazonaws.com")
    return [
        iam.PolicyStatement(
            sid="CheckKey", principals=[service], actions=["kms:DescribeKey"], resources=["*"]
        ),
        iam.PolicyStatement(
            sid="EventBus",
            principals=[service],
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "aws:SourceAccount": account,
                    "aws:SourceArn": bus_arn,
                    "kms:EncryptionContext:aws:events:event-bus:arn": bus_arn,
                }
            },
        ),
    ]


def _only_this_account(bus_arn: str, account: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="NoOtherAccount",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["events:*"],
        resources=[bus_arn],
        conditions={"StringNotEquals": {"aws:PrincipalAccount": account}},
    )
