"""Messages to people, in one form: event, place, time, link, next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from environments.names import ResourceNames
from mlops_contract.names import PROJECT_START
from secure_mlops_constructs.alert_rule import Message
from stacks import runbook
from stacks.runbook import section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from environments.settings import EnvironmentSettings
    from secure_mlops_constructs.watched_part import AlarmRecord

_CONSOLES = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
_CONSOLE = "console.aws.amazon.com"


@dataclass(frozen=True)
class Told:
    """An event that people are notified of; `name` ends the rule's name."""

    name: str
    description: str
    pattern: Mapping[str, Any]
    message: Message


class Messages:
    """The messages of one environment."""

    def __init__(self, settings: EnvironmentSettings, partition: str) -> None:
        self._settings, self._names = settings, ResourceNames(settings)
        self._partition = partition

    def alarm(self, part: str, records: Sequence[AlarmRecord], anchor: str) -> tuple[Told, Told]:
        """Notify when the composite alarm of a part goes on, and when it goes off."""
        name = self._names.alarm(part)
        arn = self._arn("cloudwatch", f"alarm:{name}")
        pattern: dict[str, Any] = {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "resources": [arn],
        }
        fields = {"reason": "$.detail.state.reason", "since": "$.detail.state.timestamp"}
        link = self.console("cloudwatch", f"alarmsV2:alarm/{name}")
        chapters = ", ".join(
            f"{record.name.removeprefix(f'{self._names.prefix}-')}: {record.runbook}"
            for record in records
        )
        on = Message(
            what=f"{part} needs a person. <reason>",
            where=self._where(f"alarm {name}"),
            since="<since>",
            link=link,
            next_step=f"{section(anchor)} in the project. {chapters}",
            fields=fields,
        )
        off = Message(
            what=f"{part} is quiet again: none of its alarms is on.",
            where=self._where(f"alarm {name}"),
            since="<since>",
            link=link,
            next_step=f"nothing, if its cause is known; else {section(anchor)} in the project.",
            fields={"since": fields["since"]},
        )
        states = {"state": {"value": ["ALARM"]}}
        quiet = {"state": {"value": ["OK"]}, "previousState": {"value": ["ALARM"]}}
        return (
            Told(f"{part}-alarm", f"{part} needs a person", {**pattern, "detail": states}, on),
            Told(f"{part}-quiet", f"{part} is quiet again", {**pattern, "detail": quiet}, off),
        )

    def project_alarm(self, ending: str) -> Told:
        """Notify when the composite alarm of a team's project goes on."""
        alarms = self._arn("cloudwatch", f"alarm:{self._names.prefix}-{PROJECT_START}*-{ending}")
        return Told(
            "project-alarm",
            "A project needs a person",
            {
                "source": ["aws.cloudwatch"],
                "detail-type": ["CloudWatch Alarm State Change"],
                "resources": [{"wildcard": alarms}],
                "detail": {"state": {"value": ["ALARM"]}},
            },
            Message(
                what="<alarm>: a project needs a person. <reason>",
                where=self._where("alarm <alarm>"),
                since="<since>",
                link=self.console("cloudwatch", "alarmsV2:alarm/<alarm>"),
                next_step=f"{section(runbook.PROJECT)} in the project.",
                fields={
                    "alarm": "$.detail.alarmName",
                    "reason": "$.detail.state.reason",
                    "since": "$.detail.state.timestamp",
                },
            ),
        )

    def step_failed(self) -> Told:
        """Notify when a step of a pipeline fails, with the reason."""
        steps = "aws sagemaker list-pipeline-execution-steps --pipeline-execution-arn <run>"
        return Told(
            "step-failed",
            "A step of a pipeline failed",
            self._of_pipelines("Step Status Change", currentStepStatus=["Failed"]),
            Message(
                what="step <step> (<kind>) failed: <reason>",
                where=self._where("run <run>"),
                since="<since>",
                link=self.console("cloudwatch", f"dashboards:name={self._names.prefix}"),
                next_step=f"{section('a-run-failed')} in the project; all steps: {steps}",
                fields={
                    "step": "$.detail.stepName",
                    "kind": "$.detail.stepType",
                    "reason": "$.detail.failureReason",
                    "run": "$.detail.pipelineExecutionArn",
                    "since": "$.time",
                },
            ),
        )

    def run_stopped(self) -> Told:
        """Notify when a person stops a run; alarm and step report failed ones."""
        return Told(
            "run-stopped",
            "A run of a pipeline was stopped",
            self._of_pipelines("Status Change", currentPipelineExecutionStatus=["Stopped"]),
            Message(
                what="a run was stopped before its end: <run>",
                where=self._where("pipeline <pipeline>"),
                since="<since>, started <start>",
                link=self.console("cloudwatch", f"dashboards:name={self._names.prefix}"),
                next_step=f"{section(runbook.STOPPED)} in the project, unless it was you.",
                fields={
                    "run": "$.detail.pipelineExecutionArn",
                    "pipeline": "$.detail.pipelineArn",
                    "start": "$.detail.executionStartTime",
                    "since": "$.time",
                },
            ),
        )

    def build_failed(self) -> Told:
        """Notify when a build outside deliveries fails; deliveries report their own."""
        unsuccessful = ["FAILED", "FAULT", "STOPPED", "TIMED_OUT"]
        return Told(
            "build-failed",
            "A build failed that no delivery started",
            {
                "source": ["aws.codebuild"],
                "detail-type": ["CodeBuild Build State Change"],
                "detail": {
                    "build-status": unsuccessful,
                    "project-name": [{"prefix": f"{self._names.prefix}-"}],
                    "additional-information": {
                        "initiator": [{"anything-but": {"prefix": "codepipeline/"}}]
                    },
                },
            },
            Message(
                what="build of <project>: <status>",
                where=self._where("build <build>"),
                since="<since>",
                link="<log>",
                next_step=f"{section('a-build-failed')} in the project.",
                fields={
                    "project": "$.detail.project-name",
                    "status": "$.detail.build-status",
                    "build": "$.detail.build-id",
                    "log": "$.detail.additional-information.logs.deep-link",
                    "since": "$.time",
                },
            ),
        )

    def delivery_failed(self) -> Told:
        """Notify when a delivery fails."""
        return Told(
            "delivery-failed",
            "A delivery failed",
            {
                "source": ["aws.codepipeline"],
                "detail-type": ["CodePipeline Pipeline Execution State Change"],
                "detail": {
                    "state": ["FAILED"],
                    "pipeline": [{"prefix": f"{self._names.prefix}-"}],
                },
            },
            Message(
                what="delivery <delivery> failed",
                where=self._where("execution <execution>"),
                since="<since>",
                link=f"https://{self._console}/codesuite/codepipeline/pipelines/<delivery>/view"
                f"?region={self._settings.region}",
                next_step=f"{section('a-build-failed')} in the project.",
                fields={
                    "delivery": "$.detail.pipeline",
                    "execution": "$.detail.execution-id",
                    "since": "$.time",
                },
            ),
        )

    def console(self, service: str, place: str) -> str:
        """Return a link to the console."""
        return f"https://{self._console}/{service}/home?region={self._settings.region}#{place}"

    @property
    def _console(self) -> str:
        region = self._settings.region
        return next((at for start, at in _CONSOLES.items() if region.startswith(start)), _CONSOLE)

    def _where(self, exactly: str) -> str:
        settings = self._settings
        return f"{settings.name} (account {settings.account}, {settings.region}), {exactly}"

    def _of_pipelines(self, change: str, **status: list[str]) -> dict[str, Any]:
        pipelines = self._arn("sagemaker", f"pipeline/{self._names.prefix}-")
        return {
            "source": ["aws.sagemaker"],
            "detail-type": [f"SageMaker Model Building Pipeline Execution {change}"],
            "detail": {"pipelineArn": [{"prefix": pipelines}], **status},
        }

    def _arn(self, service: str, resource: str) -> str:
        settings = self._settings
        here = f"{settings.region}:{settings.account}"
        return f"arn:{self._partition}:{service}:{here}:{resource}"
