"""Selective execution: one step of a pipeline, with the results of another run.

Source: SageMaker AI developer guide, "Selective execution of pipeline steps". As there, the
definition is the current one, and parameters are those of the other run unless given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs import terminal
from pipeline_local.runs.run_state import Status, all_runs, find_run, waiting_steps
from pipeline_local.steps.executors import EXECUTORS
from pipeline_schema.definition import references
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps, without_nested

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.runs.run_state import RunState, StepState
    from pipeline_local.runs.sources import Source
    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.values import Json, JsonObject


def find_base(
    definition: Definition, only: str, run_id: str | None, source: Source, root: Path
) -> RunState | None:
    """Find the run whose results a single step uses: the named one, or the latest that has them."""
    if only not in definition.steps:
        known = ", ".join(definition.steps)
        raise MlopsError(f"--only {only}: pipeline {definition.name} has no such step, but {known}")
    needed = _asked_by(definition, only)
    if run_id is not None:
        state = find_run(root, run_id).load()
        if state.pipeline_name != source.pipeline_name:
            raise MlopsError(f"--resume: run {state.run_id} is of {state.pipeline_name}")
        if missing := needed - _succeeded(state):
            raise MlopsError(
                f"--only {only}: run {state.run_id} has no result of {', '.join(sorted(missing))}"
            )
        return state
    states = (run.load() for run in all_runs(root))
    place = (source.account, source.region, source.pipeline_name)
    ours = [s for s in states if (s.account, s.region, s.pipeline_name) == place]
    for state in sorted(ours, key=lambda state: state.started, reverse=True):
        if needed <= _succeeded(state):
            return state
    if needed:
        names = ", ".join(sorted(needed))
        raise MlopsError(f"--only {only}: no run of {source.name} has results of {names}")
    return None


def select(document: JsonObject, definition: Definition, only: str, base: RunState | None) -> Any:
    """Return a definition of one step and the earlier steps whose results are reused."""
    kept = {only} | (_before(definition, only) & (_succeeded(base) if base else set()))
    steps = [_alone(step, kept) for step in all_steps(document) if step["Name"] in kept]
    return {**document, "Steps": steps}


def check_debugged(step: Step) -> None:
    """Refuse to debug a step without a program of the user's, and without a terminal."""
    kinds = [kind for kind, executor in EXECUTORS.items() if executor.debugged]
    if step.type not in kinds:
        raise MlopsError(
            f"--debug: step {step.name} is of type {step.type}; {', '.join(kinds)} can be debugged"
        )
    terminal.check()


def results(definition: Definition, only: str, base: RunState | None) -> dict[str, StepState]:
    """Return the states of a selected definition's steps: one waits, the others have succeeded."""
    states = waiting_steps(definition)
    for name, state in states.items():
        if name != only and base is not None:
            state.reuse(base.steps[name], base.run_id, cached=False)
            state.status = Status.SUCCEEDED
    return states


def as_typed(value: Json) -> str:
    """Format a parameter's value as on a command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _asked_by(definition: Definition, name: str) -> set[str]:
    return {reference.step for _, reference in references(definition.steps[name]) if reference.step}


def _before(definition: Definition, name: str) -> set[str]:
    """Return all steps that a step depends on through references."""
    found: set[str] = set()
    ahead = _asked_by(definition, name)
    while ahead:
        found |= ahead
        ahead = {before for step in ahead for before in _asked_by(definition, step)} - found
    return found


def _succeeded(state: RunState) -> set[str]:
    return {name for name, step in state.steps.items() if step.status is Status.SUCCEEDED}


def _alone(step: dict[str, Any], kept: set[str]) -> dict[str, Any]:
    """Return a step without its nested steps, depending only on steps that are kept."""
    after = [
        each
        for each in step.get("DependsOn") or []
        if (each if isinstance(each, str) else each["Step"]) in kept
    ]
    whole = step_type(step.get("Type")).repeats  # what it repeats is a part of it
    return {**(step if whole else without_nested(step)), "DependsOn": after}
