"""The schedule of batch inference: which version of the pipeline it starts, and whether it does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlops.operations.schedule_requests import note_of, request_of
from mlops_common.errors import MlopsError
from mlops_contract.names import BATCH_INFERENCE

if TYPE_CHECKING:
    from mlops.registry import Registry

ENABLED, DISABLED = "ENABLED", "DISABLED"
_VERSION = "PipelineVersionId"


class BatchSchedule:
    """The schedule as it is now."""

    def __init__(self, registry: Registry) -> None:
        self._client = registry.aws.client("scheduler")
        self._group = registry.names.schedule_group
        self._schedule = self._read()

    @property
    def enabled(self) -> bool:
        """Whether it starts anything."""
        return bool(self._schedule["State"] == ENABLED)

    @property
    def paused(self) -> str:
        """Who has paused it, when, and why; empty if no person has."""
        note = note_of(self._schedule)
        return "" if self.enabled or not note.startswith("paused") else note

    @property
    def expression(self) -> str:
        """When it does, such as ``cron(0 2 * * ? *) UTC``, and who has paused it."""
        zone = self._schedule.get("ScheduleExpressionTimezone", "UTC")
        when = f"{self._schedule['ScheduleExpression']} {zone}"
        return f"{when}, {self.paused}" if self.paused else when

    @property
    def pipeline_version(self) -> int | None:
        """Which version of the pipeline it starts; None before the first promotion."""
        return self._input().get(_VERSION)

    def start(self, pipeline_version: int) -> bool:
        """Have it start a version of the pipeline, from now on unless a person has paused it."""
        self._schedule = self._read()
        state = DISABLED if self.paused else ENABLED
        return self._update(state, {**self._input(), _VERSION: pipeline_version})

    def go_back(self, pipeline_version: int) -> bool:
        """Have it start another version of the pipeline if it starts any."""
        self._schedule = self._read()
        request = {**self._input(), _VERSION: pipeline_version}
        return self._update(self._schedule["State"], request)

    def disable(self) -> bool:
        """Have it start nothing, and forget which version it started."""
        self._schedule = self._read()
        request = {name: value for name, value in self._input().items() if name != _VERSION}
        return self._update(DISABLED, request)

    def _read(self) -> dict[str, Any]:
        """Look it up. It is written as a whole, so what is written has to be of this moment."""
        from botocore.exceptions import ClientError

        try:
            answer = self._client.get_schedule(Name=BATCH_INFERENCE, GroupName=self._group)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            raise MlopsError(
                f"there is no schedule {self._group}/{BATCH_INFERENCE}: deploy the environment "
                "first"
            ) from None
        return request_of(answer)

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
