"""Training jobs of a tuning job."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from mlops_common.times import now
from pipeline_local.jobs.inner_jobs import recorded
from pipeline_local.jobs.storage import split_uri
from pipeline_local.jobs.work import Work, reason_of
from pipeline_local.steps import training

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.steps.tuning_plan import Candidate
    from pipeline_local.steps.tuning_ranges import Values
    from pipeline_schema.values import JsonObject

_TUNING_NAME_LENGTH = 32
_OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"


@dataclass(frozen=True)
class TrialWork(Work):
    """One training job of a Tuning step, with its own name, folder and log."""

    tuning_name: str = ""
    number: int = 0

    @property
    def job_name(self) -> str:
        """The job's name in the service's form: tuning job, number, unique suffix."""
        digest = hashlib.sha256(f"{self.tuning_name}/{self.number}".encode()).hexdigest()[:8]
        return f"{self.tuning_name}-{self.number:03d}-{digest}"

    @property
    def folder(self) -> Path:
        """The folder of the job; its dot keeps it apart from those of steps."""
        return self.run.folder / "jobs" / f"{self.step.name}.{self.number:03d}"

    @property
    def log(self) -> Path:
        """The job's log."""
        return self.run.log_of(f"{self.step.name}.{self.number:03d}")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a trial."""

    job: str
    arn: str
    definition: str
    values: Values
    started: str
    ended: str
    failure: str | None = None
    objective: float | None = None
    metrics: tuple[str, ...] = field(default=())
    model: str = ""


def tuning_job_name(work: Work) -> str:
    """Return the tuning job's name: unique for run and step, at most 32 characters."""
    digest = hashlib.sha256(work.job_name.encode()).hexdigest()[:10]
    room = _TUNING_NAME_LENGTH - len(work.run.run_id) - len(digest) - 2
    # A step may have an underscore in its name, a job may not.
    head = work.step.name[: max(room, 0)].replace("_", "-").strip("-")
    return "-".join(filter(None, [work.run.run_id, head, digest]))


def run_trial(work: TrialWork, candidate: Candidate, values: Values) -> Outcome:
    """Run one training job, unless it succeeded before a kill; failure is an outcome too."""
    memory = work.run.folder / "tuning" / work.step.name / f"{work.number:03d}.json"
    if known := _remembered(memory, work):
        return known
    facts: dict[str, Any] = {
        "job": work.job_name,
        "arn": work.run.arn("training-job", work.job_name),
        "definition": candidate.name,
        "values": values,
        "started": now(),
    }
    work.log.unlink(missing_ok=True)
    tuning = work.run.arn("hyper-parameter-tuning-job", work.tuning_name)
    named = {"TrainingJobName": work.job_name, "TrainingJobArn": facts["arn"]}
    more = {
        "TuningJobArn": tuning,
        "TunedHyperParameters": values,
        **({"TrainingJobDefinitionName": candidate.name} if candidate.name else {}),
    }
    try:
        answer = recorded(work, {**named, **more}, lambda: _judged(work, candidate))
    except MlopsError as error:
        return Outcome(**facts, ended=now(), failure=reason_of(error))
    outcome = Outcome(
        **facts,
        ended=now(),
        objective=answer.get(_OBJECTIVE, {}).get("Value"),
        metrics=tuple(item["MetricName"] for item in answer["FinalMetricDataList"]),
        model=answer["ModelArtifacts"]["S3ModelArtifacts"],
    )
    content = {"request": _digest(work.arguments), "outcome": asdict(outcome)}
    write_atomically(memory, json.dumps(content, indent=2, sort_keys=True))
    return outcome


def _judged(work: TrialWork, candidate: Candidate) -> JsonObject:
    """Run the job, and add what the search makes of its answer."""
    answer = training.run(work)
    metrics = {item["MetricName"]: item["Value"] for item in answer["FinalMetricDataList"]}
    value = metrics.get(candidate.metric)
    if value is None or not math.isfinite(value):
        return {**answer, "ObjectiveStatus": "Failed"}
    return {**answer, "ObjectiveStatus": "Succeeded", _OBJECTIVE: objective_of(candidate, value)}


def objective_of(candidate: Candidate, value: float | None) -> JsonObject:
    """Return the `FinalHyperParameterTuningJobObjectiveMetric` of a trial."""
    kind = "Maximize" if candidate.maximize else "Minimize"
    return {"Type": kind, "MetricName": candidate.metric, "Value": value}


def summary_of(outcome: Outcome, candidate: Candidate, tuning_name: str) -> JsonObject:
    """Return the `HyperParameterTrainingJobSummary` of a trial."""
    named = {"TrainingJobDefinitionName": outcome.definition} if outcome.definition else {}
    return {
        **named,
        "TrainingJobName": outcome.job,
        "TrainingJobArn": outcome.arn,
        "TuningJobName": tuning_name,
        "CreationTime": outcome.started,
        "TrainingStartTime": outcome.started,
        "TrainingEndTime": outcome.ended,
        "TrainingJobStatus": "Completed",
        "TunedHyperParameters": outcome.values,
        _OBJECTIVE: objective_of(candidate, outcome.objective),
        "ObjectiveStatus": "Succeeded",
    }


def _remembered(memory: Path, work: TrialWork) -> Outcome | None:
    try:
        content = json.loads(memory.read_text())
        if content["request"] != _digest(work.arguments):
            return None
        facts = content["outcome"]
        outcome = Outcome(**{**facts, "metrics": tuple(facts["metrics"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    bucket, key = split_uri(outcome.model)
    return outcome if key in work.run.store.list_objects(bucket, key) else None


def _digest(request: JsonObject) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
