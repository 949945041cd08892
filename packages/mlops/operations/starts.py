"""Schedules and rules that start pipelines, and pausing them without a deployment."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from environments.loading import load_environment
from environments.names import ResourceNames
from environments.schedules import STARTING_RULES
from mlops.local_project import connect
from mlops.operations.schedule_requests import NOTE, note_of, request_of
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from environments.schedules import Schedule
    from environments.settings import EnvironmentSettings
    from pipeline_local.aws import Aws

SCHEDULE, RULE = "schedule", "rule"
RUNNING, PAUSED, MISSING = "running", "paused", "not deployed"
_STATES = {"ENABLED": RUNNING, "DISABLED": PAUSED}
_LONGEST = 512  # of a description


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

    def __init__(self, aws: Aws, settings: EnvironmentSettings) -> None:
        self._aws, self._settings = aws, settings
        self._names = ResourceNames(settings)

    def all(self) -> list[Start]:
        """List all, including those that are not deployed."""
        found = []
        for name, schedule in self._settings.schedules.all().items():
            found.append(self._schedule(name, schedule))
            found += [self._rule(rule, schedule) for rule in _rules_of(name)]
        return found

    def pause(self, name: str, reason: str) -> list[Start]:
        """Pause a schedule and its rules."""
        return self._switch(name, PAUSED, reason)

    def resume(self, name: str, reason: str) -> list[Start]:
        """Resume a schedule and its rules."""
        return self._switch(name, RUNNING, reason)

    def _switch(self, name: str, state: str, reason: str) -> list[Start]:
        schedules = self._settings.schedules.all()
        if name not in schedules:
            raise MlopsError(f"no schedule {name!r}; choose one of: {', '.join(schedules)}")
        answer = self._get_schedule(name)
        if answer is None:
            raise MlopsError(
                f"schedule {name} is not deployed in {self._settings.name}; deploy it: cdk deploy"
                f" '{self._settings.name}/*' -c environment={self._settings.name}"
            )
        running = state == RUNNING
        request = request_of(answer)
        request["State"] = "ENABLED" if running else "DISABLED"
        request["Description"] = self._noted(answer, "resumed" if running else "paused", reason)
        # Stopped in between, a second call does the rest.
        self._aws.client("scheduler").update_schedule(**request)
        events = self._aws.client("events")
        for rule in _rules_of(name):
            if self._get_rule(rule) is not None:
                switch = events.enable_rule if running else events.disable_rule
                switch(Name=f"{self._names.prefix}-{rule}")
        schedule = schedules[name]
        rules = [self._rule(rule, schedule) for rule in _rules_of(name)]
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


def _start(
    name: str, kind: str, schedule: Schedule, answer: dict[str, Any], *, when: str, note: str = ""
) -> Start:
    state = _STATES.get(answer.get("State", ""), MISSING)
    deploys_as = PAUSED if schedule.paused else RUNNING
    return Start(name, kind, state, schedule.pipeline, when, note, deploys_as)


def _rules_of(schedule: str) -> list[str]:
    return [rule for rule in STARTING_RULES if rule.startswith(f"{schedule}-")]
