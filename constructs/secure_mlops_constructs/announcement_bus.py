"""An event bus for the platform's own announcements, closed to other accounts."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.dead_letters import dead_letter_queue


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
        self.dead_letters.add_to_resource_policy(_letters_of(arn, stack.account, self.dead_letters))


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


def dead_letter_statement(account: str, source_arns: list[str]) -> iam.PolicyStatement:
    """Write the statement for EventBridge in the policy of a key of dead letters.

    EventBridge encrypts what it sends to a queue with the queue's key (EventBridge User Guide,
    "Using dead-letter queues to process undelivered events").
    """
    return iam.PolicyStatement(
        sid="DeadLettersOfEvents",
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],
        conditions={
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": source_arns},
        },
    )


def _only_this_account(bus_arn: str, account: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="NoOtherAccount",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["events:*"],
        resources=[bus_arn],
        conditions={"StringNotEquals": {"aws:PrincipalAccount": account}},
    )


def _letters_of(bus_arn: str, account: str, queue: sqs.Queue) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="UndeliverableEvents",
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["sqs:SendMessage"],
        resources=[queue.queue_arn],
        conditions={"StringEquals": {"aws:SourceAccount": account, "aws:SourceArn": bus_arn}},
    )
