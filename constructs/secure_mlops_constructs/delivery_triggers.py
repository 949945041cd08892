"""Triggers of builds and pipelines: pushes, pull requests, approved models."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from secure_mlops_constructs.private_function import FunctionPlace, FunctionRole, PrivateFunction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aws_cdk import aws_iam as iam

# The variable of the pipeline that an approved model starts.
MODEL_PACKAGE = "MODEL_PACKAGE_ARN"
EVENT_AGE_HOURS = 6
# What a review build hears of a pull request, and where that stands in CodeCommit's event.
PULL_REQUEST = {
    "PULL_REQUEST_ID": "$.detail.pullRequestId",
    "SOURCE_COMMIT": "$.detail.sourceCommit",
    "DESTINATION_COMMIT": "$.detail.destinationCommit",
}


@dataclass(frozen=True)
class PushFilter:
    """The function that compares what a push changes with the ignored paths."""

    role: FunctionRole
    folder: Path
    place: FunctionPlace
    pipeline: str
    ignored_paths: tuple[str, ...]


class DeliveryTriggers(Construct):
    """Rules of EventBridge, each of which starts one build or pipeline under one role."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        role: iam.IRole,
        dead_letters_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name, self._role, self._letters = name, role, dead_letters_arn

    def decided_models(self, groups: Sequence[str], pipeline_arn: str) -> None:
        """Start a pipeline with the ARN of each approved or rejected model as its variable."""
        if not groups:
            return
        self._rule(
            "ModelDecided",
            name="model-decided",
            description="A model package of ours was approved or rejected",
            pattern={
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Package State Change"],
                "detail": {
                    "ModelPackageGroupName": list(groups),
                    "ModelApprovalStatus": ["Approved", "Rejected"],
                },
            },
            # CodePipeline User Guide, "Start a pipeline with a source revision override".
            target=self._target(
                pipeline_arn,
                {"model": "$.detail.ModelPackageArn"},
                {"variables": [{"name": MODEL_PACKAGE, "value": "<model>"}]},
            ),
        )

    def pull_requests(self, repository_arn: str, branch: str, project_arn: str) -> None:
        """Start a build for each pull request to a branch that is opened or gets new commits."""
        variables = [
            {"name": name, "value": f"<{name}>", "type": "PLAINTEXT"} for name in PULL_REQUEST
        ]
        self._rule(
            "PullRequest",
            name="pull-request",
            description="A pull request was opened, or got new commits",
            pattern={
                "source": ["aws.codecommit"],
                "detail-type": ["CodeCommit Pull Request State Change"],
                "resources": [repository_arn],
                "detail": {
                    "event": ["pullRequestCreated", "pullRequestSourceBranchUpdated"],
                    "destinationReference": [f"refs/heads/{branch}"],
                },
            },
            target=self._target(
                project_arn,
                PULL_REQUEST,
                {"sourceVersion": "<SOURCE_COMMIT>", "environmentVariablesOverride": variables},
            ),
        )

    def changes(self, repository_arn: str, branch: str, project_arn: str) -> None:
        """Start a build for each push to a branch, of the commit that was pushed."""
        self._rule(
            "Change",
            name="push",
            description=f"Something was pushed to {branch}",
            pattern=_pushes(repository_arn, branch),
            target=self._target(
                project_arn, {"commit": "$.detail.commitId"}, {"sourceVersion": "<commit>"}
            ),
        )

    def pushes(self, repository_arn: str, branch: str, filtering: PushFilter) -> None:
        """Start a pipeline for each push to a branch that a filter lets through."""
        decider = PrivateFunction(
            self,
            "PushFilter",
            role=filtering.role,
            description="Starts a delivery for a push that changes more than ignored files",
            folder=filtering.folder,
            place=filtering.place,
            environment={
                "IGNORED_PATHS": "\n".join(filtering.ignored_paths),
                "PIPELINE": filtering.pipeline,
            },
            timeout=cdk.Duration.minutes(5),
        )
        events.Rule(
            self,
            "Push",
            rule_name=f"{self._name}-push",
            description=f"Something was pushed to {branch}",
            event_pattern=events.EventPattern(
                source=["aws.codecommit"],
                detail_type=["CodeCommit Repository State Change"],
                resources=[repository_arn],
                detail=_pushes(repository_arn, branch)["detail"],
            ),
            targets=[
                targets.LambdaFunction(
                    decider.function,
                    dead_letter_queue=sqs.Queue.from_queue_arn(self, "Undelivered", self._letters),
                    retry_attempts=2,
                    max_event_age=cdk.Duration.hours(EVENT_AGE_HOURS),
                )
            ],
        )

    def _rule(
        self,
        construct_id: str,
        *,
        name: str,
        description: str,
        pattern: Mapping[str, Any],
        target: events.CfnRule.TargetProperty,
    ) -> None:
        events.CfnRule(
            self,
            construct_id,
            name=f"{self._name}-{name}",
            description=description,
            event_pattern=dict(pattern),
            targets=[target],
        )

    def _target(
        self, arn: str, paths: Mapping[str, str], template: Mapping[str, Any]
    ) -> events.CfnRule.TargetProperty:
        return events.CfnRule.TargetProperty(
            id="Target",
            arn=arn,
            role_arn=self._role.role_arn,
            input_transformer=events.CfnRule.InputTransformerProperty(
                input_paths_map=dict(paths), input_template=json.dumps(template)
            ),
            dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self._letters),
            retry_policy=events.CfnRule.RetryPolicyProperty(
                maximum_event_age_in_seconds=EVENT_AGE_HOURS * 3600, maximum_retry_attempts=10
            ),
        )


def _pushes(repository_arn: str, branch: str) -> dict[str, Any]:
    return {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [repository_arn],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": [branch],
        },
    }
