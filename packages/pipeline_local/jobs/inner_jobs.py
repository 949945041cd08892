"""Jobs that are no step's own: trials of a tuning job, and those of the steps in a ForEach.

Each is written down beside the run's state, in the form of a step's state, so that the API
describes and lists it as those of steps.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from mlops_common.times import now
from pipeline_local.jobs.work import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.jobs.work import Work
    from pipeline_schema.values import JsonObject

INNER_JOBS = "inner-jobs"  # the folder in a run's; a record has the name of the job's log


def recorded(work: Work, facts: JsonObject, run: Callable[[], JsonObject]) -> JsonObject:
    """Run a job, writing down how it stands; `facts` are those of its properties that are known."""
    record = {
        "type": work.step.type,
        "status": "Executing",
        "started": now(),
        "attempts": 1,
        "arguments": work.arguments,
        "properties": facts,
    }
    _write(work, record)
    end: JsonObject = {"status": "Stopped"}
    try:
        answer = run()
        end = {"status": "Succeeded", "properties": {**facts, **answer}}
    except MlopsError as error:
        end = {"status": "Failed", "failure": reason_of(error)}
        raise
    finally:
        _write(work, {**record, **end, "ended": now()})
    return answer


def _write(work: Work, record: JsonObject) -> None:
    path = work.run.folder / INNER_JOBS / f"{work.log.stem}.json"
    write_atomically(path, json.dumps(record, indent=2, sort_keys=True))
