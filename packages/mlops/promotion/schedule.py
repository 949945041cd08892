"""The schedule of a model project's batches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlops.aws_calls import explained
from mlops.operations.starts import note_of, request_of

if TYPE_CHECKING:
    from mlops.registry import Registry
    from pipeline_definitions.model_project import ModelProject

ENABLED, DISABLED = "ENABLED", "DISABLED"
_VERSION = "PipelineVersionId"


class BatchSchedule:
    """Current state of the schedule."""

    def __init__(self, registry: Registry, project: ModelProject) -> None:
        self._client, self._name = registry.aws.client("scheduler"), project.batch_schedule
        self._group = registry.names.schedule_group
        self._schedule = self._read()

    @property
    def enabled(self) -> bool:
        """State of the schedule."""
        return bool(self._schedule["State"] == ENABLED)

    @property
    def paused(self) -> str:
        """Note of who paused it, when, and why; empty if nobody did."""
        note = note_of(self._schedule)
        return "" if self.enabled or not note.startswith("paused") else note

    @property
    def expression(self) -> str:
        """Expression such as ``cron(0 2 * * ? *) UTC``, and who has paused it."""
        zone = self._schedule.get("ScheduleExpressionTimezone", "UTC")
        when = f"{self._schedule['ScheduleExpression']} {zone}"
        return f"{when}, {self.paused}" if self.paused else when

    @property
    def pipeline_version(self) -> int | None:
        """Scheduled version of the pipeline; None before the first promotion."""
        return self._input().get(_VERSION)

    def start(self, pipeline_version: int) -> bool:
        """Schedule a version of the pipeline; enable the schedule unless a person paused it."""
        self._schedule = self._read()
        state = DISABLED if self.paused else ENABLED
        return self._update(state, {**self._input(), _VERSION: pipeline_version})

    def go_back(self, pipeline_version: int) -> bool:
        """Schedule a version of the pipeline; leave the state as it is."""
        self._schedule = self._read()
        request = {**self._input(), _VERSION: pipeline_version}
        return self._update(self._schedule["State"], request)

    def disable(self) -> bool:
        """Disable the schedule, and drop its version of the pipeline."""
        self._schedule = self._read()
        request = {name: value for name, value in self._input().items() if name != _VERSION}
        return self._update(DISABLED, request)

    def _read(self) -> dict[str, Any]:
        """Read the schedule anew: an update overwrites all of it."""
        missing = f"schedule {self._group}/{self._name} does not exist: deploy the environment"
        with explained(missing, "ResourceNotFoundException"):
            return request_of(self._client.get_schedule(Name=self._name, GroupName=self._group))

    def _input(self) -> dict[str, Any]:
        request: dict[str, Any] = json.loads(self._schedule["Target"].get("Input") or "{}")
        return request

    def _update(self, state: str, request: dict[str, Any]) -> bool:
        text = json.dumps(request, sort_keys=True)
        target = {**self._schedule["Target"], "Input": text}
        wanted = {**self._schedule, "State": state, "Target": target}
        if wanted == self._schedule:
            return False
        self._client.update_schedule(**wanted)
        self._schedule = wanted
        return True
