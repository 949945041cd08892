"""State of a run, kept in `build/runs/<run id>/state.json`.

Every change is on disk before anything depends on it, so that a killed run can be resumed. A lock
that the kernel releases with the process tells whether a run is alive.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from mlops_common.times import seconds_between

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_schema.definition import Definition
    from pipeline_schema.values import JsonObject

LATEST = "latest"  # in place of a run's id, which is hexadecimal
RUNS_FOLDER = "build/runs"
_ID_BYTES = 6  # twelve characters, as the service's execution ids have


class Status(StrEnum):
    """States of runs and steps, in SageMaker's words where it has one."""

    WAITING = "Waiting"
    EXECUTING = "Executing"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    COMPLETED_WITH_FAILURES = "CompletedWithFailures"  # of a run: a step ran for each that failed
    STOPPED = "Stopped"
    NOT_TAKEN = "NotTaken"  # on the side of a condition that was not chosen
    INTERRUPTED = "Interrupted"  # the runner was killed


UNSUCCESSFUL = (  # of an ended run, which can be resumed
    *(Status.FAILED, Status.COMPLETED_WITH_FAILURES),
    *(Status.STOPPED, Status.INTERRUPTED),
)


@dataclass
class StepState:
    """State of one step; times are UTC in ISO 8601."""

    type: str
    status: Status = Status.WAITING
    started: str | None = None
    ended: str | None = None
    attempts: int = 0
    arguments: JsonObject = field(default_factory=dict)
    properties: JsonObject = field(default_factory=dict)
    failure: str | None = None
    cache_key: str | None = None
    outputs: dict[str, str] = field(default_factory=dict)  # digests of objects in S3, by URI
    reused_from: str | None = None  # the run whose result this is
    cached: bool = False  # reused by step caching, not by `--only`

    @property
    def origin(self) -> str:
        """The origin of a reused result, as text; empty when the step ran."""
        if self.reused_from is None:
            return ""
        return f"from {'cache of ' if self.cached else ''}run {self.reused_from}"

    def reuse(self, earlier: StepState, run_id: str, *, cached: bool) -> None:
        """Copy the result of another run, keeping the id of the run that produced it."""
        self.properties, self.outputs = earlier.properties, earlier.outputs
        self.arguments = self.arguments or earlier.arguments
        self.cache_key = self.cache_key or earlier.cache_key
        self.reused_from = earlier.reused_from or run_id
        self.cached = cached

    @property
    def seconds(self) -> float | None:
        """Seconds from start to end or until now; None when it never started."""
        return seconds_between(self.started, self.ended)


@dataclass
class RunState:
    """State of a run; steps are in the order of the definition."""

    run_id: str
    pipeline: str
    pipeline_name: str
    environment: str
    account: str
    region: str
    partition: str
    parameters: JsonObject
    steps: dict[str, StepState]
    status: Status = Status.EXECUTING
    started: str = ""
    ended: str | None = None
    failure: str | None = None
    data: JsonObject = field(default_factory=dict)  # facts of a `Dataset`
    tables: dict[str, dict[str, str]] = field(default_factory=dict)  # path and SHA-256, by name
    notes: list[str] = field(default_factory=list)  # warnings
    source: str = ""  # argument and options of the command line
    only: str | None = None  # the step that was run alone
    code: dict[str, str] = field(default_factory=dict)  # digests of job code, by folder
    retries: int = 0  # by the API

    @property
    def seconds(self) -> float | None:
        """Seconds from start to end or until now."""
        return seconds_between(self.started, self.ended)

    def to_json(self) -> JsonObject:
        """Return the state as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: JsonObject) -> RunState:
        """Parse the result of `to_json`."""
        steps = {
            name: StepState(**{**step, "status": Status(step["status"])})
            for name, step in document["steps"].items()
        }
        return cls(**{**document, "steps": steps, "status": Status(document["status"])})


def waiting_steps(definition: Definition) -> dict[str, StepState]:
    """Return the states of a definition's steps before the run."""
    return {step.name: StepState(step.type) for step in definition.steps.values()}


class RunFolder:
    """The folder of one run, `build/runs/<run id>`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = threading.Lock()

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.folder.name

    def save(self, state: RunState) -> None:
        """Write the state atomically."""
        with self._writing:
            write_atomically(self.folder / "state.json", json.dumps(state.to_json(), indent=2))

    def load(self) -> RunState:
        """Read the state; an executing run without a living process was interrupted."""
        try:
            document = json.loads((self.folder / "state.json").read_text())
        except OSError:
            raise MlopsError(f"there is no run {self.run_id} in {self.folder.parent}") from None
        state = RunState.from_json(document)
        if state.status is Status.EXECUTING and not self.is_alive():
            state.status = Status.INTERRUPTED
            for step in state.steps.values():
                if step.status is Status.EXECUTING:
                    step.status = Status.INTERRUPTED
        return state

    def save_definition(self, definition: JsonObject) -> None:
        """Write the definition that the run executes."""
        write_atomically(self.folder / "definition.json", json.dumps(definition, indent=2))

    def load_definition(self) -> Any:
        """Return the definition that the run executes."""
        return json.loads((self.folder / "definition.json").read_text())

    def is_alive(self) -> bool:
        """Return whether a process executes this run."""
        try:
            with self.owned():
                return False
        except MlopsError:
            return True

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Lock the run for this process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise MlopsError(f"run {self.run_id} is being executed already") from None
            yield


def new_run(root: Path) -> RunFolder:
    """Return the folder of a run that does not exist yet."""
    return RunFolder(root / RUNS_FOLDER / secrets.token_hex(_ID_BYTES))


def find_run(root: Path, run_id: str) -> RunFolder:
    """Return the folder of a run by its id, an unambiguous prefix of it, or `LATEST`."""
    if run_id == LATEST:
        runs = sorted(all_runs(root), key=lambda run: run.load().started)
        if not runs:
            raise MlopsError(f"there is no run yet in {root / RUNS_FOLDER}")
        return runs[-1]
    found = [run for run in all_runs(root) if run.run_id.startswith(run_id)]
    if len(found) != 1:
        problem = f"{len(found)} runs start with" if found else "there is no run"
        raise MlopsError(f"{problem} {run_id!r} in {root / RUNS_FOLDER}")
    return found[0]


def all_runs(root: Path) -> list[RunFolder]:
    """Return the folders of all runs, unordered."""
    return [RunFolder(path.parent) for path in (root / RUNS_FOLDER).glob("*/state.json")]
