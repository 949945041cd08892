"""What runs by itself, and when: three schedules with defaults.

An environment file names only what differs::

    schedules:
      batch-inference: {cron: "30 1 * * ? *", time_zone: Europe/Berlin}
      retraining: {paused: true, on_drift: false}
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator

from environments.checks import STRICT

if TYPE_CHECKING:
    from collections.abc import Mapping

BATCH, QUALITY, RETRAINING = "batch-inference", "model-quality", "retraining"
SCHEDULES = (BATCH, QUALITY, RETRAINING)
# Rules that start retraining as well, whose names begin with that of the schedule.
ON_DRIFT, ON_DATA = "retraining-on-drift", "retraining-on-data"
STARTING_RULES = (ON_DRIFT, ON_DATA)
ScheduleName = Literal["batch-inference", "model-quality", "retraining"]

# Minutes, hours, day of month, month, day of week, year; one of the two days is a question mark
# (EventBridge Scheduler User Guide, "Cron-based schedules").
_FIELD = re.compile(r"[0-9A-Z*,/#?L-]+")
_FIELDS = 6
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_MOST_MINUTES = 1440  # Scheduler API Reference, FlexibleTimeWindow


@dataclass(frozen=True)
class Schedule:
    """The time at which a pipeline starts by itself.

    Parameters
    ----------
    cron : str
        Six fields, without ``cron(…)``.
    time_zone : str
        IANA name of the zone that `cron` is read in.
    flexible_minutes : int
        Within how many minutes after that time it starts.
    on_drift, on_data : bool
        Whether drift of a batch, or fresh raw data, starts it as well.
    """

    pipeline: str
    cron: str
    time_zone: str = "UTC"
    flexible_minutes: int = 15
    paused: bool = False
    on_drift: bool = False
    on_data: bool = False


# Batches wait for a model that a person has approved: promoting it resumes them.
_DEFAULTS: Mapping[str, Schedule] = {
    BATCH: Schedule("batch-inference", "0 2 * * ? *", paused=True),
    QUALITY: Schedule("model-quality", "0 6 ? * MON,THU *"),
    RETRAINING: Schedule("training", "0 3 ? * SUN,WED *", on_drift=True, on_data=True),
}


class ScheduleChange(BaseModel):
    """A change of a schedule in an environment."""

    model_config = STRICT

    cron: str | None = None
    time_zone: str | None = None
    flexible_minutes: Annotated[int, Field(ge=0, le=_MOST_MINUTES)] | None = None
    paused: bool | None = None
    on_drift: bool | None = None
    on_data: bool | None = None

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, value: str | None) -> str | None:
        fields = (value or "").split(" ")
        right = len(fields) == _FIELDS and all(map(_FIELD.fullmatch, fields))
        if value is not None and not (right and "?" in (fields[2], fields[4])):
            raise ValueError(
                f"{value!r} is not six fields of cron with ? for one of the two days; write for"
                " example 0 2 * * ? *"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str | None) -> str | None:
        # A machine without the database of zones can still tell what cannot be one.
        known = zoneinfo.available_timezones()
        if value is not None and (not _ZONE.fullmatch(value) or (known and value not in known)):
            raise ValueError(f"{value!r} is not a time zone; write for example Europe/Berlin")
        return value


class ScheduleSettings(RootModel[dict[ScheduleName, ScheduleChange]]):
    """The schedules of an environment, where they differ from the defaults."""

    model_config = ConfigDict(frozen=True, strict=True)

    root: dict[ScheduleName, ScheduleChange] = {}

    @field_validator("root")
    @classmethod
    def _only_retraining_follows_events(
        cls, value: dict[ScheduleName, ScheduleChange]
    ) -> dict[ScheduleName, ScheduleChange]:
        for name, change in value.items():
            if name != RETRAINING and (change.on_drift is not None or change.on_data is not None):
                raise ValueError(f"{name} starts on its schedule only; on_… is for {RETRAINING}")
        return value

    def all(self) -> dict[str, Schedule]:
        """Return all schedules of the environment."""
        changes: dict[str, dict[str, Any]] = {
            name: change.model_dump(exclude_none=True) for name, change in self.root.items()
        }
        return {
            name: replace(default, **changes.get(name, {})) for name, default in _DEFAULTS.items()
        }
