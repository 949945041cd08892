"""A rule that starts a SageMaker pipeline on an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import aws_events as events
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTEMPTS, SECONDS = 5, 3600


class StartRule(Construct):
    """A rule of the default bus whose target is a pipeline.

    A value of `parameters` like ``$.time`` is taken from the event.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        pattern: Mapping[str, Any],
        pipeline_arn: str,
        parameters: Mapping[str, str],
        role_arn: str,
        paused: bool,
        dead_letters_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        passed = [
            events.CfnRule.SageMakerPipelineParameterProperty(name=parameter, value=value)
            for parameter, value in parameters.items()
        ]
        events.CfnRule(
            self,
            "Rule",
            name=name,
            description=description,
            event_pattern=dict(pattern),
            state="DISABLED" if paused else "ENABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    id="Pipeline",
                    arn=pipeline_arn,
                    role_arn=role_arn,
                    sage_maker_pipeline_parameters=(
                        events.CfnRule.SageMakerPipelineParametersProperty(
                            pipeline_parameter_list=passed
                        )
                        if passed
                        else None
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
