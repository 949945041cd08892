"""A rule that tells people, in words, what has happened."""

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
    """What a person is told; the same five lines whatever it is about.

    Parameters
    ----------
    where : str
        In which environment, account and region.
    next_step : str
        What to do, with the section of the runbook.
    fields : mapping of str to str
        What ``<name>`` stands for in these texts: a path in the event, such as ``$.time``.
    """

    what: str
    where: str
    since: str
    link: str
    next_step: str
    fields: Mapping[str, str]

    def template(self) -> str:
        """Write it as EventBridge wants it, one quoted text a line.

        Raises
        ------
        ValueError
            If it is longer than EventBridge takes.
        """
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

    Parameters
    ----------
    name : str
        Name of the rule; the policies of key and queue know it by how it begins.
    dead_letters_arn : str
        Where a message goes that could not be told.
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
