"""Changing a schedule: what UpdateSchedule asks for, from what GetSchedule answers."""

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
    """Tell who paused or resumed a schedule last, when, and why."""
    found = NOTE.search(answer.get("Description", ""))
    return found["note"] if found else ""


def request_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Write the request that leaves a schedule as it is.

    Returns
    -------
    dict
        The whole schedule: UpdateSchedule sets what is left out back to its default (EventBridge
        Scheduler API Reference).
    """
    return {name: answer[name] for name in _TAKEN if name in answer}
