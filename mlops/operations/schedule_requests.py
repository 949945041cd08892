"""Changing a schedule: what UpdateSchedule asks for, from what GetSchedule answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAKEN = (
    *("ActionAfterCompletion", "Description", "EndDate", "FlexibleTimeWindow", "GroupName"),
    *("KmsKeyArn", "Name", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate"),
    *("State", "Target"),
)


def request_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Write the request that leaves a schedule as it is.

    Parameters
    ----------
    answer : mapping
        What GetSchedule answered.

    Returns
    -------
    dict
        The whole schedule: UpdateSchedule sets what is left out back to its default (EventBridge
        Scheduler API Reference).
    """
    return {name: answer[name] for name in _TAKEN if name in answer}
