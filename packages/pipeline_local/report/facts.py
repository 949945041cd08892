"""The facts of a run that the report shows; missing ones are empty."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.times import seconds_between
from pipeline_local.report.layout import reduced
from pipeline_local.report.lineage import Origin, origins
from pipeline_local.report.models import ModelFacts, models_of
from pipeline_local.report.outputs import read_outputs, used_baselines
from pipeline_local.runs.run_state import UNSUCCESSFUL, RunState, Status, StepState
from pipeline_local.runs.summary import (
    ANEW,
    ONLY,
    RESUME,
    duration,
    ended_by,
    found_of,
    log_tail,
    resume_commands,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.report.outputs import Output
    from pipeline_local.runs.run_state import RunFolder

_LOG_LINES = 40
_WORDS = {
    Status.NOT_TAKEN: "Not taken",
    Status.COMPLETED_WITH_FAILURES: "Completed with failures",
}
_SYMBOLS = {
    Status.SUCCEEDED: "✓",
    Status.FAILED: "✗",
    Status.COMPLETED_WITH_FAILURES: "✗",
    Status.EXECUTING: "▶",
    Status.STOPPED: "■",
    Status.INTERRUPTED: "!",
    Status.WAITING: "…",
    Status.NOT_TAKEN: "○",
}


@dataclass(frozen=True)
class StepFacts:
    """A step as the report shows it."""

    name: str
    type: str
    status: str
    words: str  # the status as text
    symbol: str  # the status as a sign
    started: str
    took: str
    begin: float  # of its time in the run's, in percent; so is `share`
    share: float
    attempts: int
    note: str
    failure: str
    results: tuple[str, ...]  # conditions and metrics
    log: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """A run as the report shows it."""

    state: RunState
    words: str  # its status as text
    symbol: str  # its status as a sign
    took: str
    resume: str  # the command that resumes it
    alone: dict[str, str]  # the command that runs a failed step alone
    steps: list[StepFacts]
    waits: dict[str, set[str]]  # the direct predecessors of every step
    sides: dict[tuple[str, str], str]  # labels of the edges that leave a condition
    outputs: list[Output] = field(default_factory=list)
    baselines: list[Output] = field(default_factory=list)  # that checks held their data against
    lineage: dict[str, list[Origin]] = field(default_factory=dict)
    models: list[ModelFacts] = field(default_factory=list)
    found: str = ""  # violations, as text
    ended_by: str = ""  # what cannot be resumed, as text


def collect(
    folder: RunFolder,
    store: ObjectStore | None,
    describe: Callable[[str], dict[str, Any]] = lambda _arn: {},
    resume: str = RESUME,
    only: str = ONLY,
) -> Facts:
    """Collect the facts of a run; `describe` asks the registry for a model version."""
    state = folder.load()
    waits, sides = _graph(folder, state)
    outputs = read_outputs(state, store)
    resume, alone = resume_commands(state, resume, only)
    return Facts(
        state=state,
        words=_WORDS.get(state.status, str(state.status)),
        symbol=_SYMBOLS[state.status],
        took=duration(state.seconds) if state.ended else "",
        resume=resume if state.status in UNSUCCESSFUL else "",
        alone=alone,
        steps=[_step(folder, state, name, step) for name, step in state.steps.items()],
        waits=waits,
        sides=sides,
        outputs=outputs,
        baselines=used_baselines(state, store),
        lineage={name: origins(step, outputs, state, store) for name, step in state.steps.items()},
        models=models_of(state, describe),
        found=found_of(state),
        ended_by=ANEW.format(step=last) if (last := ended_by(state)) else "",
    )


def _step(folder: RunFolder, state: RunState, name: str, step: StepState) -> StepFacts:
    begin, share = _place(state, step)
    return StepFacts(
        name=name,
        type=step.type,
        status=str(step.status),
        words=_WORDS.get(step.status, str(step.status)),
        symbol=_SYMBOLS[step.status],
        started=time_of(step.started),
        # Without an end the duration would change with every report.
        took=duration(step.seconds) if step.ended and step.started else "",
        begin=begin,
        share=share,
        attempts=step.attempts,
        note=step.origin,
        failure=step.failure or "",
        results=tuple(_results(step)),
        log=tuple(log_tail(folder.folder, name, _LOG_LINES)),
    )


def _place(state: RunState, step: StepState) -> tuple[float, float]:
    """Return start and share of a step's time between first start and last end, in percent."""
    starts = [s.started for s in state.steps.values() if s.started]
    ends = [s.ended for s in state.steps.values() if s.started and s.ended]
    if not step.started or not step.ended or not ends:
        return 0.0, 0.0
    # Same form and zone: the order of the texts is the order of the times.
    first, last = min(starts), max(ends)
    whole = seconds_between(first, last) or 0.001
    begin = (seconds_between(first, step.started) or 0.0) / whole * 100
    share = (seconds_between(step.started, step.ended) or 0.0) / whole * 100
    return round(min(begin, 99.0), 2), round(min(max(share, 1.0), 100.0), 2)


def _results(step: StepState) -> list[str]:
    lines = [str(line) for line in step.properties.get("Conditions") or []]
    measured = step.properties.get("FinalMetricDataList") or []
    return [*lines, *(f"{metric['MetricName']} = {metric['Value']}" for metric in measured)]


def _graph(
    folder: RunFolder, state: RunState
) -> tuple[dict[str, set[str]], dict[tuple[str, str], str]]:
    from pipeline_schema.definition import parse_definition
    from pipeline_schema.graph import dependencies

    try:
        definition = parse_definition(state.pipeline, folder.load_definition())
    except (OSError, json.JSONDecodeError, MlopsError):
        return {name: set() for name in state.steps}, {}
    known = definition.steps
    waits = reduced(
        {name: set(dependencies(known[name])) if name in known else set() for name in state.steps}
    )
    sides = {
        (step.branch.condition, name): "yes" if step.branch.outcome else "no"
        for name, step in known.items()
        if step.branch is not None
    }
    return waits, sides


def time_of(stamp: str | None) -> str:
    """Format a time of the state as "2026-11-23 22:24:09 UTC"; empty for none."""
    if not stamp:
        return ""
    return f"{datetime.fromisoformat(stamp):%Y-%m-%d %H:%M:%S} UTC"
