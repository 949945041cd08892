"""The monitoring of an environment: named limits with defaults.

An environment file names only what differs::

    monitoring:
      batch-inference:
        drift: {above: 0.15}
        late: off
      platform:
        rejected: {above: 50, hours: 2}
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator, model_validator

from environments.checks import STRICT

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of a pipeline.
FAILED, STEP_SLOW, LATE = "failed", "step-slow", "late"
VIOLATIONS, DRIFT, QUALITY = "violations", "drift", "quality"
# Of all else.
PLATFORM = "platform"
REJECTED, ACCESS_DENIED, LOOK_UPS = "rejected", "access-denied", "look-ups"
BUILD_FAILED, DEAD_LETTERS = "build-failed", "dead-letters"

# CloudWatch looks back seven days at most with periods of an hour, a day with shorter ones
# (CloudWatch API Reference, PutMetricAlarm, EvaluationPeriods).
LONGEST_HOURS = 168
LONGEST_PLATFORM_HOURS = 24


@dataclass(frozen=True)
class Limit:
    """The limit above which something needs a person.

    Parameters
    ----------
    above : float
        What is tolerated. Of `STEP_SLOW` in seconds, of `DRIFT` a distance between 0 and 1, of
        `QUALITY` the mean squared error above the registered one, of the others a count. `LATE`
        tolerates nothing and looks at `hours` only.
    hours : int
        How long an alarm stays on after the last such value; of `LATE`, how long there may be no
        successful run.
    """

    above: float
    hours: int


# What a kind of limit is unless a pipeline or an environment says otherwise. A batch comes every
# night: its alarms stay on until the next one has shown that all is well, and some more. The
# distance is the threshold that Model Monitor writes into the constraints it suggests.
KINDS: Mapping[str, Limit] = {
    FAILED: Limit(above=0, hours=24),
    STEP_SLOW: Limit(above=3600, hours=24),
    LATE: Limit(above=0, hours=26),
    VIOLATIONS: Limit(above=0, hours=26),
    DRIFT: Limit(above=0.1, hours=26),
    QUALITY: Limit(above=0, hours=120),
}
PLATFORM_KINDS: Mapping[str, Limit] = {
    REJECTED: Limit(above=20, hours=1),
    ACCESS_DENIED: Limit(above=0, hours=1),
    LOOK_UPS: Limit(above=0, hours=1),
    BUILD_FAILED: Limit(above=0, hours=1),
    DEAD_LETTERS: Limit(above=0, hours=1),
}
# For what starts every three or four days.
EVERY_FEW_DAYS = Limit(above=0, hours=120)
# Every pipeline has these; model projects declare which others theirs have.
_ALWAYS = (FAILED, STEP_SLOW)


class LimitChange(BaseModel):
    """A change of a limit; ``drift: off`` in an environment file switches an alarm off."""

    model_config = STRICT

    above: Annotated[float, Field(ge=0)] | None = None
    hours: Annotated[int, Field(ge=1, le=LONGEST_HOURS)] | None = None
    off: bool = False

    @model_validator(mode="before")
    @classmethod
    def _off_is_a_word(cls, value: object) -> object:
        # YAML reads the word as false.
        return {"off": True} if value is False else value


class MonitoringSettings(RootModel[dict[str, dict[str, LimitChange]]]):
    """The limits that differ from the defaults, by pipeline or ``platform``, then by kind."""

    model_config = ConfigDict(frozen=True, strict=True)

    root: dict[str, dict[str, LimitChange]] = {}

    @field_validator("root")
    @classmethod
    def _are_known(
        cls, value: dict[str, dict[str, LimitChange]]
    ) -> dict[str, dict[str, LimitChange]]:
        for part, limits in value.items():
            kinds = PLATFORM_KINDS if part == PLATFORM else KINDS
            for kind, change in limits.items():
                _check(part, kind, change, kinds)
        return value

    def limits(self, part: str, declared: Mapping[str, Limit] | None = None) -> dict[str, Limit]:
        """Return the limits of a pipeline, with those declared for it, or of the platform."""
        if part == PLATFORM:
            kinds, found = PLATFORM_KINDS, dict(PLATFORM_KINDS)
        else:
            kinds = KINDS
            found = {kind: KINDS[kind] for kind in _ALWAYS} | dict(declared or {})
        for kind, change in self.root.get(part, {}).items():
            if change.off:
                found.pop(kind, None)
                continue
            given = change.model_dump(exclude_none=True, exclude={"off"})
            found[kind] = replace(found.get(kind, kinds[kind]), **given)
        return {kind: found[kind] for kind in kinds if kind in found}

    def pipelines(self) -> frozenset[str]:
        """Name the pipelines whose limits the environment changes."""
        return frozenset(self.root) - {PLATFORM}


def _check(part: str, kind: str, change: LimitChange, kinds: Mapping[str, Limit]) -> None:
    if kind not in kinds:
        raise ValueError(f"{part}.{kind} is not a kind of alarm; there are {', '.join(kinds)}")
    if kind == LATE and change.above is not None:
        raise ValueError(f"{part}.{kind} takes hours only: how long there may be no run")
    if part == PLATFORM and (change.hours or 0) > LONGEST_PLATFORM_HOURS:
        raise ValueError(
            f"{part}.{kind}.hours is {change.hours}; CloudWatch looks back"
            f" {LONGEST_PLATFORM_HOURS} hours at most with these alarms"
        )
