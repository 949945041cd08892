"""The schedules of pipelines, which model projects declare.

An environment file names only what differs::

    schedules:
      batch-inference: {cron: "30 1 * * ? *", time_zone: Europe/Berlin}
      retraining: {paused: true, on_drift: false}
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator

from environments.checks import STRICT

if TYPE_CHECKING:
    from collections.abc import Iterable

# Rules that start training as well: how their names go on after that of the schedule.
ON_DRIFT, ON_DATA = "on-drift", "on-data"

# Minutes, hours, day of month, month, day of week, year; one of the two days is a question mark
# (EventBridge Scheduler User Guide, "Cron-based schedules").
_FIELD = re.compile(r"[0-9A-Z*,/#?L-]+")
_FIELDS = 6
# The database has each zone twice more, below names that no list has.
_ZONE = re.compile(r"(?!posix|right/)[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
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
        Whether drift of a batch, or fresh raw data, starts it as well; only of training.
    called : str
        Its name, where it is not that of the pipeline.
    """

    pipeline: str
    cron: str
    time_zone: str = "UTC"
    flexible_minutes: int = 15
    paused: bool = False
    on_drift: bool = False
    on_data: bool = False
    called: str = ""

    @property
    def name(self) -> str:
        """Its name: that of the pipeline unless it has another."""
        return self.called or self.pipeline

    @property
    def rules(self) -> list[str]:
        """Names that the rules have which start training as well."""
        return [f"{self.name}-{occasion}" for occasion in (ON_DRIFT, ON_DATA)]


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
        if value is not None and not (_ZONE.fullmatch(value) and _may_be_known(value)):
            raise ValueError(f"{value!r} is not a time zone; write for example Europe/Berlin")
        return value


def _may_be_known(zone: str) -> bool:
    """Look a time zone up by its own file: a list of all is made from the 600 of them."""
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        # A machine without the database of zones can only tell what cannot be one.
        return not zoneinfo.available_timezones()
    return True


class ScheduleSettings(RootModel[dict[str, ScheduleChange]]):
    """The schedules of an environment, where they differ from what model projects declare."""

    model_config = ConfigDict(frozen=True, strict=True)

    root: dict[str, ScheduleChange] = {}

    def changed(self, declared: Iterable[Schedule]) -> dict[str, Schedule]:
        """Return the schedules of an environment by name."""
        changes: dict[str, dict[str, Any]] = {
            name: change.model_dump(exclude_none=True) for name, change in self.root.items()
        }
        return {each.name: replace(each, **changes.get(each.name, {})) for each in declared}

    def following_events(self) -> frozenset[str]:
        """Name the schedules for which the environment says what else starts them."""
        return frozenset(
            name
            for name, change in self.root.items()
            if change.on_drift is not None or change.on_data is not None
        )
