"""The jobs of runs, as the API describes them: read from the runs' folders when asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.inner_jobs import INNER_JOBS
from pipeline_local.runs.run_state import RunFolder, Status, StepState, all_runs
from pipeline_schema.api_model import service_model
from pipeline_schema.step_properties import times_of
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_local.runs.run_state import RunState

_STATUSES = {
    Status.SUCCEEDED: "Completed",
    Status.FAILED: "Failed",
    Status.STOPPED: "Stopped",
}
_EXECUTING = "InProgress"
# What the response of an unfinished or failed job has to have, too.
_AT_LEAST: dict[str, dict[str, Any]] = {
    "TrainingJob": {"ModelArtifacts": {"S3ModelArtifacts": ""}},
    "HyperParameterTuningJob": {"TrainingJobStatusCounters": {}, "ObjectiveStatusCounters": {}},
}
_roots: list[Path] = []  # of the one server of this process


def watch(root: Path) -> None:
    """Read the runs of this folder's project from now on."""
    _roots[:] = [root]


@dataclass(frozen=True)
class JobRecord:
    """A job that a step of a run started."""

    kind: str  # as operations call it, such as "TrainingJob"
    name: str
    step: StepState
    log: Path

    @property
    def status(self) -> str:
        """The job's status in the API's words."""
        return _STATUSES.get(self.step.status, _EXECUTING)

    def describe(self) -> dict[str, Any]:
        """Return the response of the operation that describes a job of this kind."""
        step, kind = self.step, self.kind
        ended = step.ended if self.status != _EXECUTING else None
        row = step_type(step.type)
        times = times_of(step.type, step.started, ended or step.started or "")
        facts = {
            **_AT_LEAST.get(kind, {}),
            **step.arguments,
            **{name: at for name, at in times.items() if ended or not row.times[name]},
            "LastModifiedTime": ended or step.started,
            **step.properties,
            f"{kind}Name": self.name,
            f"{kind}Status": self.status,
            "FailureReason": step.failure,
        }
        if kind == "TrainingJob":
            facts["SecondaryStatus"] = "Training" if self.status == _EXECUTING else self.status
            facts["SecondaryStatusTransitions"] = _transitions(self.status, step.started, ended)
        shape: Any = service_model().operation_model(f"Describe{kind}").output_shape
        described: dict[str, Any] = shaped(facts, shape)
        return described


def jobs(account: str, region: str, kind: str, name: str = "") -> Iterator[JobRecord]:
    """Yield the jobs of a kind and place, or the one of a name."""
    member = f"{kind}Name"
    for root in _roots:
        for run in all_runs(root):
            files = [run.folder / "state.json", *(run.folder / INNER_JOBS).glob("*.json")]
            # Reading the text is quick; most runs have no such job.
            if not name or any(name in file.read_text() for file in files):
                yield from _jobs_of(run, (account, region), member, name)


def _jobs_of(run: RunFolder, place: tuple[str, str], member: str, name: str) -> Iterator[JobRecord]:
    state: RunState = run.load()
    if (state.account, state.region) != place:
        return
    inner = {path.stem: _inner(path) for path in sorted((run.folder / INNER_JOBS).glob("*.json"))}
    for step_name, step in (state.steps | inner).items():
        known = step.properties.get(member)
        # A result that was used again is of the job of another run.
        if known and not step.reused_from and name in {"", known}:
            log = run.folder / "logs" / f"{step_name}.log"
            yield JobRecord(member.removesuffix("Name"), known, step, log)


def _inner(path: Path) -> StepState:
    record = json.loads(path.read_text())
    return StepState(**{**record, "status": Status(record["status"])})


def _transitions(status: str, started: str | None, ended: str | None) -> list[dict[str, Any]]:
    begun = {"Status": "Starting", "StartTime": started, "EndTime": started}
    worked = {"Status": "Training", "StartTime": started, "EndTime": ended}
    last = {"Status": status, "StartTime": ended, "EndTime": ended}
    messages = ("Preparing the instances for training", "Training image is running", "Job ended")
    found = [begun, worked, *([last] if ended else [])]
    return [
        each | {"StatusMessage": message} for each, message in zip(found, messages, strict=False)
    ]


def shaped(value: Any, shape: Any) -> Any:
    """Return a JSON value as a shape of the model has it: known members, and times as times."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members
        return {
            name: shaped(item, members[name])
            for name, item in value.items()
            if name in members and item is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [shaped(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: shaped(item, shape.value) for name, item in value.items()}
    if shape.type_name == "timestamp" and isinstance(value, str):
        return datetime.fromisoformat(value)
    if shape.type_name == "string" and not isinstance(value, str):
        return json.dumps(value)
    return value
