"""Requests that update a schedule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAKEN = (
    *("ActionAfterCompletion", "Description", "EndDate", "FlexibleTimeWindow", "GroupName"),
    *("KmsKeyArn", "Name", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate"),
    *("State", "Target"),
)

# What `mlops schedule` appends to a description: who paused or resumed it, when, and why.
NOTE = re.compile(r" \[(?P<note>(?:paused|resumed) .*)\]$", re.DOTALL)


def note_of(answer: Mapping[str, Any]) -> str:
    """Return who last paused or resumed a schedule, when, and why."""
    found = NOTE.search(answer.get("Description", ""))
    return found["note"] if found else ""


def request_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Build an UpdateSchedule request with all fields: it resets those left out."""
    return {name: answer[name] for name in _TAKEN if name in answer}
