"""Summaries of a run for people and programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.containers import last_lines
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_local.runs.run_state import RunState, StepState

_TAIL_BYTES = 16_384
_MINUTE, _HOUR = 60, 3600
_RUN_FACTS = (
    *("pipeline", "environment", "status", "started", "ended", "seconds", "failure", "only"),
    *("parameters", "data", "tables", "code", "notes"),
)
_STEP_FACTS = (
    *("type", "status", "started", "seconds", "attempts", "failure", "cached", "reused_from"),
)


def artefacts_of(state: RunState) -> Iterator[tuple[str, str]]:
    """Yield the artefacts of a run: a name such as "Train: model", and its URI or ARN."""
    for name, step in state.steps.items():
        for what, place in step_artefacts(step):
            yield f"{name}: {what}", place


def step_artefacts(step: StepState) -> Iterator[tuple[str, str]]:
    """Yield the artefacts of a finished step, by name."""
    for place in step_type(step.type).artefacts:
        yield from place.found_in(step.properties)


def metrics_of(step: StepState) -> dict[str, float]:
    """Return the last value of each metric of a training step."""
    found = step.properties.get("FinalMetricDataList", [])
    return {metric["MetricName"]: metric["Value"] for metric in found}


# How the operator's tool resumes a run, and what it adds to run one step.
RESUME, ONLY = "mlops run {source} --local --resume {run}", " --only {step}"


def violations_of(state: RunState) -> dict[str, int]:
    """Count what the checks of a run found, by step; those that found nothing are left out."""
    found = {
        name: len(step.properties.get("Violations") or ()) for name, step in state.steps.items()
    }
    return {name: count for name, count in found.items() if count}


def found_of(state: RunState) -> str:
    """Say what the checks of a run found, for its last line; empty for nothing."""
    counts = violations_of(state)
    if not counts:
        return ""
    total = sum(counts.values())
    return f", {total} violation{'s' * (total > 1)} ({', '.join(counts)})"


# A program that ended by itself. Not one that was killed, or lacks something of this machine.
_OWN_END = re.compile(
    r"AlgorithmError: .*, exit code: (?:\d{1,2}|1[01]\d|12[0-7])( on \S+ of \d+)?", re.DOTALL
)


def ended_by(state: RunState) -> str:
    """Return the step that ended a run and would end a resumed one, or nothing.

    A Fail step does, and a program that refuses its data: a resumed run has the same of both.
    """
    failed = {name: step for name, step in state.steps.items() if step.status == "Failed"}
    return next(
        (
            name
            for name, step in failed.items()
            if step_type(step.type).ends_run or _OWN_END.fullmatch(step.failure or "")
        ),
        "",
    )


# What can be done where the pipeline itself ended the run.
START = "mlops run {source} --local"
ANEW = "{step} ended the run, and would end it again: start another with other data, code or values"


def resume_commands(
    state: RunState, resume: str = RESUME, only: str = ONLY
) -> tuple[str, dict[str, str]]:
    """Return the command that resumes a run, and those that run its failed steps alone.

    They are empty where that cannot help.
    """
    resume = resume.format(source=state.source or state.pipeline, run=state.run_id)
    failed = (
        name
        for name, step in state.steps.items()
        if only and step.status == "Failed" and not step_type(step.type).ends_run
    )
    return "" if ended_by(state) else resume, {
        name: resume + only.format(step=name) for name in failed
    }


def facts_of(state: RunState) -> dict[str, Any]:
    """Return a run as JSON, for `--json`."""
    return {
        "run": state.run_id,
        **{name: getattr(state, name) for name in _RUN_FACTS},
        "violations": violations_of(state),
        "steps": [
            {
                "name": name,
                **{fact: getattr(step, fact) for fact in _STEP_FACTS},
                "artefacts": dict(step_artefacts(step)),
                "metrics": metrics_of(step),
            }
            for name, step in state.steps.items()
        ],
    }


def log_tail(folder: Path, step: str, lines: int) -> list[str]:
    """Return at most so many last lines of a step's log."""
    path = folder / "logs" / f"{step}.log"
    if not path.is_file():
        return []
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        return last_lines(file.read().decode(errors="replace"), lines)


def duration(seconds: float | None) -> str:
    """Format a duration: "0.4 s", "12.0 s", "3 min 05 s", "2 h 10 min"."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
