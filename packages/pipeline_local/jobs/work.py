"""Input of a step's executor, and the exceptions by which it ends."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_schema.definition import Step
    from pipeline_schema.expressions import Reference, Scope
    from pipeline_schema.values import JsonObject

_JOB_NAME_LENGTH = 63


def _ignore(*_: object) -> None:
    """Do nothing."""


class StepFailed(MlopsError):  # noqa: N818 - it is the outcome of a step, not a mistake in the tool
    """A step that ran and failed.

    `exception` is a failure type of retry policies such as "SageMaker.JOB_INTERNAL_ERROR", empty
    for an error of the script itself.
    """

    def __init__(self, reason: str, exception: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.exception = exception


def reason_of(error: MlopsError) -> str:
    """Return the failure reason as SageMaker stores it: unescaped if a job gave it."""
    return error.reason if isinstance(error, StepFailed) else str(error)


class RunStopped(Exception):  # noqa: N818 - as above
    """The run was stopped while the step was working."""


@dataclass(frozen=True)
class RunContext:
    """The context that all steps of a run share."""

    run_id: str
    folder: Path
    account: str
    region: str
    partition: str
    store: ObjectStore
    client: Callable[[str], Any]
    job_environment: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    debug: bool = False  # jobs have the terminal, time and the network of this machine
    # Of a step that waits for an answer: its name, the token, and the names of its outputs.
    waits: Callable[[str, str, list[str]], None] = _ignore

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a SageMaker resource, e.g. of a "training-job"."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{kind}/{name}"

    def job_name(self, step: str) -> str:
        """Return the name of a step's job: unique for run and step, kept on resume."""
        digest = hashlib.sha256(f"{self.run_id}/{step}".encode()).hexdigest()[:10]
        head = f"pipelines-{self.run_id}-"
        room = _JOB_NAME_LENGTH - len(head) - len(digest) - 1
        return f"{head}{step[:room].strip('-')}-{digest}"

    def log_of(self, step: str) -> Path:
        """Return the file of a step's log."""
        return self.folder / "logs" / f"{step}.log"


@dataclass(frozen=True)
class Work:
    """One step, ready to run, with every expression evaluated."""

    step: Step
    arguments: JsonObject
    settings: JsonObject
    run: RunContext
    repeat: Callable[[Any, int], JsonObject] | None = None  # of ForEach: its body, for an item
    scope: Scope | None = None  # what the step sees of the run
    note: Callable[[JsonObject], None] = _ignore  # properties that are known before its end

    def value_of(self, reference: Reference) -> Any:
        """Return what a reference stands for in the run."""
        if self.scope is None:
            raise MlopsError("the step sees nothing of a run")
        return self.scope.value_of(reference)

    @property
    def job_name(self) -> str:
        """The name of the step's job."""
        return self.run.job_name(self.step.name)

    @property
    def folder(self) -> Path:
        """The folder of the step's job, removed after success."""
        return self.run.folder / "jobs" / self.step.name

    @property
    def log(self) -> Path:
        """The step's log."""
        return self.run.log_of(self.step.name)
