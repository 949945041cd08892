"""Selective execution: some steps of a pipeline, with the results of another run.

Source: SageMaker AI developer guide, "Selective execution of pipeline steps". As there, the
definition is the current one, and parameters are those of the other run unless given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs import terminal
from pipeline_local.runs.run_state import Status, all_runs, find_run, waiting_steps
from pipeline_local.steps.executors import EXECUTORS
from pipeline_schema import graph
from pipeline_schema.definition import references
from pipeline_schema.parameters import bind_parameters
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import nested_steps

if TYPE_CHECKING:
    from collections.abc import Mapping
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


def check_chosen(definition: Definition, chosen: set[str], base: RunState | None) -> None:
    """Refuse steps that are not there or not connected, or that need results which `base` lacks."""
    if unknown := sorted(chosen - definition.steps.keys()):
        known = ", ".join(definition.steps)
        raise MlopsError(f"step {unknown[0]}: the pipeline has no such step, but {known}")
    before = {name: graph.all_before(definition, name) for name in definition.steps}
    for name in (each for each in definition.steps if each not in chosen):
        after = {each for each in chosen if name in before[each]}
        if after and (ahead := before[name] & chosen):
            places = f"between {min(ahead)} and {min(after)}"
            raise MlopsError(f"step {name}: stands {places}, and has to be selected with them")
    needed = set().union(*(_asked_by(definition, name) for name in chosen)) - chosen
    if missing := sorted(needed - (_succeeded(base) if base else set())):
        where = f"execution {base.run_id} has none" if base else "no source execution is given"
        raise MlopsError(f"step {missing[0]}: its results are needed, and {where}")


def select(
    document: JsonObject, definition: Definition, chosen: set[str], base: RunState | None
) -> Any:
    """Return a definition of chosen steps and the earlier steps whose results are reused."""
    before = set().union(*(_before(definition, name) for name in chosen))
    kept = chosen | (before & (_succeeded(base) if base else set()))
    return {**document, "Steps": _kept(document["Steps"], kept)}


def check_debugged(step: Step) -> None:
    """Refuse to debug a step without a program of the user's, and without a terminal."""
    kinds = [kind for kind, executor in EXECUTORS.items() if executor.debugged]
    if step.type not in kinds:
        raise MlopsError(
            f"--debug: step {step.name} is of type {step.type}; {', '.join(kinds)} can be debugged"
        )
    terminal.check()


def results(
    definition: Definition, chosen: set[str], base: RunState | None
) -> dict[str, StepState]:
    """Return the states of a selected definition's steps: chosen ones wait, others succeeded."""
    states = waiting_steps(definition)
    for name, state in states.items():
        known = base.steps.get(name) if base is not None else None
        if base is not None and known is not None and name not in chosen:
            state.reuse(known, base.run_id, cached=False)
            state.status = Status.SUCCEEDED
    return states


def parameters_of(
    definition: Definition, values: Mapping[str, str], base: RunState | None
) -> dict[str, Json]:
    """Return the values of all parameters: given, else of the base run, else the default."""
    earlier = base.parameters if base else {}
    known = definition.parameters
    kept = {name: as_typed(value) for name, value in earlier.items() if name in known}
    return dict(bind_parameters(known, {**kept, **values}))


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


def _kept(steps: list[dict[str, Any]], kept: set[str]) -> list[dict[str, Any]]:
    """Return the steps that are kept; those nested in one that is not stand in its place."""
    found: list[dict[str, Any]] = []
    for step in steps:
        inner = {key: _kept(each, kept) for key, each in nested_steps(step).items()}
        if step["Name"] not in kept:
            found += [each for nested in inner.values() for each in nested]
        elif step_type(step.get("Type")).repeats:  # what it repeats is a part of it
            found.append(_alone(step, kept))
        elif inner:
            arguments = {**step["Arguments"], **inner}
            found.append(_alone({**step, "Arguments": arguments}, kept))
        else:
            found.append(_alone(step, kept))
    return found


def _alone(step: dict[str, Any], kept: set[str]) -> dict[str, Any]:
    """Return a step that depends only on steps that are kept."""
    after = [
        each
        for each in step.get("DependsOn") or []
        if (each if isinstance(each, str) else each["Step"]) in kept
    ]
    return {**step, "DependsOn": after}
