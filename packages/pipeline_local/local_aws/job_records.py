"""The jobs of runs, as the API describes them: read from the runs' folders when asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.inner_jobs import INNER_JOBS
from pipeline_local.runs.run_state import RunFolder, Status, StepState, all_runs
from pipeline_local.steps.job_facts import job_facts
from pipeline_schema.api_model import service_model
from pipeline_schema.step_types import STEP_TYPES

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
# The types of steps whose properties describe a job of a kind; others, such as checks, start one.
_TYPES = {
    row.operation.removeprefix("Create"): row.name
    for row in STEP_TYPES.values()
    if row.properties_shape
}
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
        facts = {
            **_AT_LEAST.get(kind, {}),
            "LastModifiedTime": step.started,
            **step.arguments,
            **job_facts(_TYPES[kind], step.started, ended, self.status),
            **step.properties,
            f"{kind}Name": self.name,
            f"{kind}Status": self.status,
            "FailureReason": step.failure,
        }
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
