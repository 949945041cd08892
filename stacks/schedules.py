"""Automatic starts of pipelines: schedules, drift and fresh data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from environments import monitoring as kinds
from secure_mlops_constructs.dead_letters import dead_letter_name, rule_dead_letters
from secure_mlops_constructs.pipeline_schedules import PipelineSchedules, PipelineStart
from secure_mlops_constructs.service_role import ServiceRole
from secure_mlops_constructs.start_rule import StartRule
from stacks import keys, roles
from stacks.base import EnvironmentStack, EnvironmentStage
from stacks.statements import allow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aws_cdk import aws_iam as iam

    from environments.schedules import Schedule
    from pipeline_definitions.built import BuiltPipeline
    from pipeline_definitions.model_project import ModelProject

# A pipeline with this parameter uses results of earlier runs again only for the same value.
DATA_VERSION = "DataVersion"


class SchedulesStack(EnvironmentStack):
    """Schedules of the existing pipelines, and the rules that start retraining."""

    def __init__(self, stage: EnvironmentStage) -> None:
        super().__init__(stage, "Schedules", "What starts by itself, and when")
        by_name = {pipeline.name: pipeline for pipeline in stage.pipelines}
        schedules = self.projects.schedules()
        self._key = self.key_arns[keys.NOTIFICATIONS]
        self._dead_letters = rule_dead_letters(
            self, f"{self.names.prefix}-schedules", self._key, self.rules_arn
        )
        scheduler = self._scheduler(sorted({each.pipeline for each in schedules.values()}))
        if not schedules:
            return
        PipelineSchedules(
            self,
            "Schedules",
            group_name=self.names.schedule_group,
            starts=[
                self._start(name, schedule, by_name[schedule.pipeline])
                for name, schedule in schedules.items()
            ],
            role_arn=scheduler.role.role_arn,
            key_arn=self._key,
            dead_letters_arn=self._dead_letters.queue_arn,
            partition=self.partition,
        ).node.add_dependency(scheduler.policy)  # no start before its rights
        self._follow_events(schedules, by_name)

    def _start(self, name: str, schedule: Schedule, pipeline: BuiltPipeline) -> PipelineStart:
        return PipelineStart(
            name=name,
            description=f"Starts {schedule.pipeline} in {self.settings.name}",
            pipeline_name=self.names.pipeline(schedule.pipeline),
            cron=schedule.cron,
            time_zone=schedule.time_zone,
            flexible_minutes=schedule.flexible_minutes,
            paused=schedule.paused,
            time_parameter=DATA_VERSION if _asks_for_version(pipeline) else "",
        )

    def _scheduler(self, pipelines: Sequence[str]) -> ServiceRole:
        # The queue's name, not the queue: its policy must not wait for the role, nor it for that.
        queue = dead_letter_name(f"{self.names.prefix}-schedules")
        return ServiceRole(
            self,
            roles.SCHEDULER,
            role_name=self.names.role(roles.SCHEDULER),
            service="scheduler.amazonaws.com",
            description="EventBridge Scheduler: starts the pipelines that have a schedule",
            statements=[
                *([self._starting(pipelines)] if pipelines else []),
                allow(
                    "LeaveDeadLetters",
                    ["sqs:SendMessage"],
                    self.arn("sqs", queue),
                ),
                allow("ReadSchedules", ["kms:Decrypt", "kms:GenerateDataKey"], self._key),
            ],
            # The group, never a schedule (EventBridge Scheduler User Guide, "Confused deputy
            # prevention").
            sources=[self.arn("scheduler", f"schedule-group/{self.names.schedule_group}")],
        )

    def _starting(self, pipelines: Sequence[str]) -> iam.PolicyStatement:
        arns = (self._pipeline_arn(name) for name in pipelines)
        return allow("StartPipelines", ["sagemaker:StartPipelineExecution"], *arns)

    def _pipeline_arn(self, name: str) -> str:
        return self.arn("sagemaker", f"pipeline/{self.names.pipeline(name)}")

    def _follow_events(
        self, schedules: Mapping[str, Schedule], pipelines: Mapping[str, BuiltPipeline]
    ) -> None:
        """Start a project's training after drift of its batch, and on fresh raw data."""
        found = [
            (schedules[declared.name], project)
            for project in self.projects.all
            if (declared := project.retraining()) is not None
        ]
        started = [
            (schedule, occasion)
            for schedule, project in found
            for occasion in self._occasions(schedule, project)
        ]
        if not started:
            return
        starter = ServiceRole(
            self,
            roles.STARTER,
            role_name=self.names.role(roles.STARTER),
            service="events.amazonaws.com",
            description="EventBridge rules: start retraining",
            statements=[self._starting(sorted({each.pipeline for each, _ in started}))],
            sources=[self.rules_arn],
        ).role
        for schedule, (name, words, pattern) in started:
            asks = _asks_for_version(pipelines[schedule.pipeline])
            StartRule(
                self,
                name,
                name=f"{self.names.prefix}-{name}",
                description=f"Retrains when {words}",
                pattern=pattern,
                pipeline_arn=self._pipeline_arn(schedule.pipeline),
                parameters={DATA_VERSION: "$.time"} if asks else {},
                role_arn=starter.role_arn,
                paused=schedule.paused,
                dead_letters_arn=self._dead_letters.queue_arn,
            )

    def _occasions(
        self, schedule: Schedule, project: ModelProject
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield the name, the words and the pattern of each rule of a schedule."""
        on_drift, on_data = schedule.rules
        if (
            schedule.on_drift
            and project.batch
            and kinds.DRIFT in self.projects.limits(project.batch)
        ):
            yield on_drift, "a batch has drifted", self._drift(project.batch)
        if schedule.on_data:
            yield on_data, "there are fresh raw data", self._fresh_data(project.raw_data)

    def _drift(self, pipeline: str) -> dict[str, Any]:
        alarm = f"alarm:{self.names.alarm(pipeline, kinds.DRIFT)}"
        here = f"{self.region}:{self.account}"
        return {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "resources": [f"arn:{self.partition}:cloudwatch:{here}:{alarm}"],
            "detail": {"state": {"value": ["ALARM"]}},
        }

    def _fresh_data(self, prefix: str) -> dict[str, Any]:
        """Match S3's own events."""
        return {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {
                "bucket": {"name": [self.names.data_bucket]},
                "object": {"key": [{"prefix": prefix}]},
            },
        }


def _asks_for_version(pipeline: BuiltPipeline) -> bool:
    parameters = pipeline.definition.get("Parameters") or ()
    return any(parameter["Name"] == DATA_VERSION for parameter in parameters)
