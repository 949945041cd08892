"""A follower of the model registry that keeps the approved model where pipelines find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from secure_mlops_constructs.dead_letters import let_events_leave
from secure_mlops_constructs.private_function import FunctionPlace, FunctionRole, PrivateFunction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class ChampionKeeper(Construct):
    """A function that copies the newest approved model at every change of the registry.

    `groups` are names of model package groups, or EventBridge's matchers for them. One runs at a
    time (reserved concurrency of one): of two runs that overlap, the older could write last. Events
    that fail three times in six hours end in the queue of dead letters.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role: FunctionRole,
        folder: Path,
        place: FunctionPlace,
        groups: Sequence[str | Mapping[str, str]],
        bucket_name: str,
        key_arn: str,
        rules: str,
    ) -> None:
        super().__init__(scope, construct_id)
        keeper = PrivateFunction(
            self,
            "Keeper",
            role=role,
            description="Copies the newest approved model of a group to its champion folder",
            folder=folder,
            place=place,
            environment={"CHAMPION_BUCKET": bucket_name, "CHAMPION_KEY_ARN": key_arn},
            timeout=cdk.Duration.minutes(5),
        )
        let_events_leave(keeper.dead_letters, rules)
        events.Rule(
            self,
            "StateChange",
            rule_name=role.name,
            description="A model package of ours was registered, approved or rejected",
            event_pattern=events.EventPattern(
                source=["aws.sagemaker"],
                detail_type=["SageMaker Model Package State Change"],
                detail={"ModelPackageGroupName": list(groups)},
            ),
            targets=[
                targets.LambdaFunction(
                    keeper.function,
                    # By its ARN: its policy lets the rules in as it is.
                    dead_letter_queue=sqs.Queue.from_queue_arn(
                        self, "Undelivered", keeper.dead_letters.queue_arn
                    ),
                    retry_attempts=2,
                    max_event_age=cdk.Duration.hours(6),
                )
            ],
        )
