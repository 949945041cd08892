"""A rule that sends people a message, in words, about what has happened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_events as events
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

# EventBridge's limits (API Reference, InputTransformer, RetryPolicy).
LONGEST_TEMPLATE = 8192
ATTEMPTS = 20
SECONDS = 4 * 3600


@dataclass(frozen=True)
class Message:
    """A message of five lines, the same whatever it is about.

    In its texts ``<name>`` stands for one of `fields`: a path in the event, such as ``$.time``.

    Examples
    --------
    >>> fields = {"since": "$.time"}
    >>> message = Message("A run failed", "dev", "<since>", "https://…", "Run it again", fields)
    >>> print(message.template())
    "What: A run failed"
    "Where: dev"
    "Since: <since>"
    "Look: https://…"
    "Next: Run it again"
    """

    what: str
    where: str
    since: str
    link: str
    next_step: str
    fields: Mapping[str, str]

    def template(self) -> str:
        """Render the message for EventBridge, one quoted text a line."""
        lines = {
            "What": self.what,
            "Where": self.where,
            "Since": self.since,
            "Look": self.link,
            "Next": self.next_step,
        }
        # Escaped as JSON asks for it, but readable: names of fields keep their angle brackets.
        written = "\n".join(
            json.dumps(f"{name}: {text}", ensure_ascii=False) for name, text in lines.items()
        )
        if len(written) > LONGEST_TEMPLATE:
            raise ValueError(f"a message has {len(written)} characters; 8192 are possible")
        return written


class AlertRule(Construct):
    """A rule of the default bus that publishes a message to the topic of alerts.

    The policies of key and queue know the rule by the prefix of its name.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        pattern: Mapping[str, Any],
        message: Message,
        topic_arn: str,
        role_arn: str,
        dead_letters_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.rule = events.CfnRule(
            self,
            "Rule",
            name=name,
            description=description,
            event_pattern=dict(pattern),
            targets=[
                events.CfnRule.TargetProperty(
                    id="People",
                    arn=topic_arn,
                    role_arn=role_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_template=message.template(), input_paths_map=dict(message.fields)
                    ),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=dead_letters_arn
                    ),
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=SECONDS, maximum_retry_attempts=ATTEMPTS
                    ),
                )
            ],
        )
