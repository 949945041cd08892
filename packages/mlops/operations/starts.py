"""Schedules and rules that start pipelines, and pausing them without a deployment."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from environments.loading import load_environment
from environments.names import ResourceNames
from mlops.declared import declared_projects
from mlops.local_project import connect
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from environments.schedules import Schedule
    from environments.settings import EnvironmentSettings
    from pipeline_definitions.model_project import ModelProjects
    from pipeline_local.aws import Aws

SCHEDULE, RULE = "schedule", "rule"
RUNNING, PAUSED, MISSING = "running", "paused", "not deployed"
_STATES = {"ENABLED": RUNNING, "DISABLED": PAUSED}
_LONGEST = 512  # of a description
_TAKEN = (
    *("ActionAfterCompletion", "Description", "EndDate", "FlexibleTimeWindow", "GroupName"),
    *("KmsKeyArn", "Name", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate"),
    *("State", "Target"),
)
# What `mlops schedule` appends to a description: who paused or resumed it, when, and why.
NOTE = re.compile(r" \[(?P<note>(?:paused|resumed) .*)\]$", re.DOTALL)

# What Scheduler fills in ("Adding context attributes" in its User Guide).
_CONTEXT = re.compile(
    r"<aws\.scheduler\.(attempt-number|execution-id|schedule-arn|scheduled-time)>"
)


@dataclass(frozen=True)
class Start:
    """A schedule, or a rule, that starts a pipeline."""

    name: str
    kind: str
    state: str
    pipeline: str
    when: str  # the schedule, or the rule's description
    note: str  # who paused or resumed it, when, and why; or empty
    deploys_as: str  # state after a deployment that changes it


def open_starts(environment: str, *, local: bool = False) -> Starts:
    """Open the schedules and rules of an environment."""
    settings = load_environment(environment)
    return Starts(connect(settings.region, settings.account, local=local), settings)


class Starts:
    """Schedules and rules of one environment."""

    def __init__(
        self, aws: Aws, settings: EnvironmentSettings, projects: ModelProjects | None = None
    ) -> None:
        self._aws, self._settings = aws, settings
        self._names = ResourceNames(settings)
        projects = projects or declared_projects(settings)
        self._schedules, self._rules = projects.schedules(), projects.starting_rules()

    def all(self) -> list[Start]:
        """List all, including those that are not deployed."""
        found = []
        for name, schedule in self._schedules.items():
            found.append(self._schedule(name, schedule))
            found += [self._rule(rule, schedule) for rule in self._rules.get(name, ())]
        return found

    def pause(self, name: str, reason: str) -> list[Start]:
        """Pause a schedule and its rules."""
        return self._switch(name, PAUSED, reason)

    def resume(self, name: str, reason: str) -> list[Start]:
        """Resume a schedule and its rules."""
        return self._switch(name, RUNNING, reason)

    def fire(self, name: str) -> str:
        """Make the call of a schedule as Scheduler does at its time; return what it started."""
        from botocore import xform_name

        answer = self._deployed(name)
        target = answer["Target"]
        facts = {
            "attempt-number": "1",
            "execution-id": str(uuid4()),
            "schedule-arn": answer["Arn"],
            "scheduled-time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        request = _CONTEXT.sub(lambda found: facts[found[1]], target["Input"])
        service, operation = target["Arn"].split(":")[-2:]
        call = getattr(self._aws.client(service), xform_name(operation))
        return str(call(**json.loads(request))["PipelineExecutionArn"])

    def _deployed(self, name: str) -> dict[str, Any]:
        if name not in self._schedules:
            known = ", ".join(self._schedules) or "no pipeline has one"
            raise MlopsError(f"no schedule {name!r}; choose one of: {known}")
        answer = self._get_schedule(name)
        if answer is None:
            raise MlopsError(
                f"schedule {name} is not deployed in {self._settings.name}; deploy it: cdk deploy"
                f" '{self._settings.name}/*' -c environment={self._settings.name}"
            )
        return answer

    def _switch(self, name: str, state: str, reason: str) -> list[Start]:
        answer = self._deployed(name)
        running = state == RUNNING
        request = request_of(answer)
        request["State"] = "ENABLED" if running else "DISABLED"
        request["Description"] = self._noted(answer, "resumed" if running else "paused", reason)
        # Stopped in between, a second call does the rest.
        self._aws.client("scheduler").update_schedule(**request)
        events = self._aws.client("events")
        for rule in self._rules.get(name, ()):
            if self._get_rule(rule) is not None:
                switch = events.enable_rule if running else events.disable_rule
                switch(Name=f"{self._names.prefix}-{rule}")
        schedule = self._schedules[name]
        rules = [self._rule(rule, schedule) for rule in self._rules.get(name, ())]
        return [self._schedule(name, schedule), *(each for each in rules if each.state != MISSING)]

    def _noted(self, answer: dict[str, Any], what: str, reason: str) -> str:
        text = " ".join(reason.split())
        if not text:
            raise MlopsError("a reason is needed: --reason TEXT")
        who = self._aws.client("sts").get_caller_identity()["Arn"]
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        about = NOTE.sub("", answer.get("Description", ""))
        noted = f"{about} [{what} {now} by {who}: {text}]"
        if len(noted) > _LONGEST:
            raise MlopsError(
                f"the reason is {len(noted) - _LONGEST} characters too long; Scheduler keeps"
                f" {_LONGEST} with the rest"
            )
        return noted

    def _schedule(self, name: str, schedule: Schedule) -> Start:
        answer = self._get_schedule(name) or {}
        when = (
            f"{answer['ScheduleExpression']} {answer.get('ScheduleExpressionTimezone', 'UTC')}"
            if answer
            else f"cron({schedule.cron}) {schedule.time_zone}"
        )
        return _start(name, SCHEDULE, schedule, answer, when=when, note=note_of(answer))

    def _rule(self, name: str, schedule: Schedule) -> Start:
        answer = self._get_rule(name) or {}
        return _start(name, RULE, schedule, answer, when=str(answer.get("Description", "")))

    def _get_schedule(self, name: str) -> dict[str, Any] | None:
        client = self._aws.client("scheduler")
        with suppress(client.exceptions.ResourceNotFoundException):
            return dict(client.get_schedule(GroupName=self._names.schedule_group, Name=name))
        return None

    def _get_rule(self, name: str) -> dict[str, Any] | None:
        client = self._aws.client("events")
        with suppress(client.exceptions.ResourceNotFoundException):
            return dict(client.describe_rule(Name=f"{self._names.prefix}-{name}"))
        return None


def note_of(answer: Mapping[str, Any]) -> str:
    """Return who last paused or resumed a schedule, when, and why."""
    found = NOTE.search(answer.get("Description", ""))
    return found["note"] if found else ""


def request_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Build an UpdateSchedule request with all fields: it resets those left out."""
    return {name: answer[name] for name in _TAKEN if name in answer}


def _start(
    name: str, kind: str, schedule: Schedule, answer: dict[str, Any], *, when: str, note: str = ""
) -> Start:
    state = _STATES.get(answer.get("State", ""), MISSING)
    deploys_as = PAUSED if schedule.paused else RUNNING
    return Start(name, kind, state, schedule.pipeline, when, note, deploys_as)
