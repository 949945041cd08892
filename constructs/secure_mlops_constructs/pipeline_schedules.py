"""Schedules that start SageMaker pipelines, with a group, a role and a queue of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

# The API call itself as target, which can carry the time of the start; Scheduler's own target for
# pipelines takes fixed values only (User Guide, "Universal targets", "Adding context attributes").
START = "arn:{}:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
# What was missed longer ago than this is not started any more, but kept as a dead letter.
ATTEMPTS = 5
SECONDS = 3600


@dataclass(frozen=True)
class PipelineStart:
    """A schedule of one pipeline.

    `cron` has six fields. The pipeline starts within `flexible_minutes`, 0 for at once, and gets
    the time of the start in `time_parameter`, unless that is empty.
    """

    name: str
    description: str
    pipeline_name: str
    cron: str
    time_zone: str
    flexible_minutes: int
    paused: bool
    time_parameter: str = ""

    def request(self, group_name: str) -> str:
        """Render the StartPipelineExecution request as JSON.

        One scheduled time makes one run, however often Scheduler tries: its attempts have the same
        token, of at least 32 characters (API Reference).
        """
        content: dict[str, object] = {
            "PipelineName": self.pipeline_name,
            "PipelineExecutionDescription": f"Schedule {self.name} of {SCHEDULED_TIME}",
            "ClientRequestToken": f"{group_name}-scheduled-start-{self.name}-{SCHEDULED_TIME}",
        }
        if self.time_parameter:
            value = f"as of {SCHEDULED_TIME}"
            content["PipelineParameters"] = [{"Name": self.time_parameter, "Value": value}]
        return json.dumps(content, sort_keys=True)


class PipelineSchedules(Construct):
    """A group of schedules, encrypted, whose failed starts are kept."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        group_name: str,
        starts: Sequence[PipelineStart],
        role_arn: str,
        key_arn: str,
        dead_letters_arn: str,
        partition: str,
    ) -> None:
        super().__init__(scope, construct_id)
        group = scheduler.CfnScheduleGroup(self, "Group", name=group_name)
        for start in starts:
            schedule = scheduler.CfnSchedule(
                self,
                start.name,
                name=start.name,
                group_name=group_name,
                description=start.description,
                schedule_expression=f"cron({start.cron})",
                schedule_expression_timezone=start.time_zone,
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(
                    mode="FLEXIBLE" if start.flexible_minutes else "OFF",
                    maximum_window_in_minutes=start.flexible_minutes or None,
                ),
                state="DISABLED" if start.paused else "ENABLED",
                kms_key_arn=key_arn,
                target=scheduler.CfnSchedule.TargetProperty(
                    arn=START.format(partition),
                    role_arn=role_arn,
                    input=start.request(group_name),
                    dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                        arn=dead_letters_arn
                    ),
                    retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=SECONDS, maximum_retry_attempts=ATTEMPTS
                    ),
                ),
            )
            schedule.add_dependency(group)
