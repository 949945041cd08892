"""The data scientist's loop: a run that finds all in the cache, and one step after an edit."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import TIMES, repeated, row, seconds
from benchmarks.project_copy import project_copy

if TYPE_CHECKING:
    from benchmarks.project_copy import ProjectCopy

_RUN = ("run", "training", "--local")
_CACHED, _AROUND, _ONLY = 1.5, 1.5, 3.0
STEP = "Train"


def run() -> list[dict[str, Any]]:
    """Measure; the baseline is the run in which all jobs run, or the step itself."""
    with project_copy() as project:
        try:
            project.mlops("local", "start")
            project.mlops("synth", "--environment", "dev")
            first = seconds(partial(project.mlops, *_RUN))
            again = repeated(partial(project.mlops, *_RUN))
            alone = [_step_alone(project, edit=False) for _ in range(TIMES.get())]
            edited = [_step_alone(project, edit=True) for _ in range(TIMES.get())]
        finally:
            project.mlops("local", "stop")
    steps = [step for step, _ in (*alone, *edited)]
    return [
        row("the same run again (baseline: first time)", first, again, limit=_CACHED),
        _beside(f"around --only {STEP} (baseline: its job)", steps, alone, _AROUND),
        _beside(f"around --only {STEP} after an edit", steps, edited, _ONLY),
    ]


def _beside(
    name: str, steps: list[float], spent: list[tuple[float, float]], limit: float
) -> dict[str, Any]:
    return row(name, steps, [whole - step for step, whole in spent], limit=limit)


def _step_alone(project: ProjectCopy, *, edit: bool) -> tuple[float, float]:
    """Return the seconds of a step and of the command that ran it alone."""
    if edit:
        project.change("script")
    said: list[str] = []
    whole = seconds(lambda: said.append(project.mlops(*_RUN, "--only", STEP, "--json")))
    steps = {each["name"]: each for each in json.loads(said[0])["steps"]}
    return float(steps[STEP]["seconds"]), whole
