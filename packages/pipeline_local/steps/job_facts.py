"""What the response of a job has of its course: its times and statuses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlops_common.times import seconds_between
from pipeline_schema.response_fields import describing, response_table, times_of

if TYPE_CHECKING:
    from pipeline_schema.values import JsonObject

COMPLETED = "Completed"
_WORKING, _KEEPING = "Training", "Uploading"
# Of a training job that ends as it should. Nothing measures the first two and the fourth here,
# which therefore take no time.
_COURSE = (
    ("Starting", "Preparing the instances for training"),
    ("Downloading", "Downloading input data"),
    (_WORKING, "Training image is running"),
    (_KEEPING, "Uploading generated training model"),
)
TRANSITIONS = len(_COURSE) + 1


def job_facts(
    kind: str, started: str | None, ended: str | None, status: str = COMPLETED
) -> JsonObject:
    """Return times and statuses of a step's job; without an end, of one that runs."""
    times = times_of(kind, started, ended or "")
    facts: JsonObject = {name: at for name, at in times.items() if at}
    members = response_table().get(describing(kind), {})
    if "SecondaryStatus" in members:
        facts["SecondaryStatus"] = status if ended else _WORKING
        facts["SecondaryStatusTransitions"] = _transitions(status, started, ended)
    if "ConsumedResources" in members and ended:
        seconds = math.ceil(seconds_between(started, ended) or 0)
        facts["ConsumedResources"] = {"RuntimeInSeconds": seconds}
    return facts


def _transitions(status: str, started: str | None, ended: str | None) -> list[JsonObject]:
    course = _COURSE if ended and status == COMPLETED else _COURSE[:-1]
    found: list[JsonObject] = [
        {
            "Status": name,
            "StartTime": ended if name == _KEEPING else started,
            "EndTime": ended if name in (_WORKING, _KEEPING) else started,
            "StatusMessage": message,
        }
        for name, message in course
    ]
    if ended:
        message = f"Training job {status.lower()}"
        last = {"Status": status, "StartTime": ended, "EndTime": ended, "StatusMessage": message}
        found.append(last)
    return found
