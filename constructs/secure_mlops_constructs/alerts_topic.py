"""The topic that people subscribe to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

# All that a topic's policy can speak of; SNS refuses any other action there ("out of service
# scope").
IN_A_TOPIC_POLICY = (
    *("sns:AddPermission", "sns:DeleteTopic", "sns:GetDataProtectionPolicy"),
    *("sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish"),
    *("sns:PutDataProtectionPolicy", "sns:RemovePermission", "sns:SetTopicAttributes"),
    "sns:Subscribe",
)


class AlertsTopic(Construct):
    """An encrypted topic that only a role of ours publishes to, for EventBridge's rules.

    The topic's policy lets no service in: EventBridge tells SNS and KMS no source, so that a policy
    which names one matches nothing, and a policy which names none is open to anybody's rules
    (EventBridge User Guide, "Amazon SNS permissions"; SNS Developer Guide, "Key management"). Each
    of the e-mail addresses has to confirm its subscription once; SNS takes a `display_name` of up
    to 100 characters.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic_name: str,
        display_name: str,
        key_arn: str,
        addresses: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=topic_name,
            display_name=display_name,
            master_key=kms.Key.from_key_arn(self, "Key", key_arn),
        )
        self.policy = sns.TopicPolicy(self, "Policy", topics=[self.topic])
        self.policy.document.add_statements(
            iam.PolicyStatement(
                sid="OnlyOverTls",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=list(IN_A_TOPIC_POLICY),
                resources=[self.topic.topic_arn],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            )
        )
        for address in addresses:
            sns.CfnSubscription(
                self,
                f"To {address}",
                topic_arn=self.topic.topic_arn,
                protocol="email",
                endpoint=address,
            )
