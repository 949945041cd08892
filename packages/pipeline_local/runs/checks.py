"""Validation of a definition before any job starts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline_local.runs import caching
from pipeline_local.steps.executors import EXECUTORS, type_problem
from pipeline_schema import graph
from pipeline_schema.definition import FAILED, DefinitionError, references
from pipeline_schema.expressions import EXECUTION_VARIABLES, shape_problem, walk
from pipeline_schema.parameters import put_values
from pipeline_schema.places import place_problems
from pipeline_schema.property_paths import show_path
from pipeline_schema.request_fields import refusals, without_effect
from pipeline_schema.requests import request_problems
from pipeline_schema.step_types import step_type
from pipeline_schema.value_kinds import kind_in
from pipeline_schema.values import as_list
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.expressions import Reference
    from pipeline_schema.step_type import StepType
    from pipeline_schema.values import Json

_WITH_VALUES = ("arguments", "settings")


def check(
    definition: Definition,
    parameters: Mapping[str, Json] | None = None,
    api_problems: Sequence[str] = (),
) -> None:
    """Raise a `DefinitionError` with one line for each problem of a definition.

    `api_problems` are those that the API's model finds in the arguments, each "step <name>: …".
    """
    problems = [*_problems(definition, parameters or {}, api_problems), *api_problems]
    if problems:
        raise DefinitionError(definition.name, problems)


def ineffective_fields(definition: Definition) -> str | None:
    """Return one line that names the fields of all steps without an effect here, or None."""
    found = set().union(*map(without_effect, definition.steps.values()))
    found |= {
        f"CacheConfig of {step.type} steps"
        for step in definition.steps.values()
        if step.cache and not step_type(step.type).cache_attributes
    }
    return f"without effect here: {', '.join(sorted(found))}" if found else None


def graph_problems(definition: Definition) -> Iterator[str]:
    """Yield the dependencies on steps that do not exist; else a cycle, if there is one."""
    names = set(definition.steps)
    absent = [
        f"step {step.name}: depends on {name!r}, and there is no such step"
        for step in definition.steps.values()
        for name in sorted(graph.dependencies(step) - names)
    ]
    yield from absent
    if not absent and (cycle := graph.find_cycle(definition)):
        yield f"step {cycle[0]}: waits for itself: {' -> '.join(cycle)}"


def _problems(
    definition: Definition, parameters: Mapping[str, Json], api_problems: Sequence[str]
) -> Iterator[str]:
    bound_steps = {name: _bound(step, parameters) for name, step in definition.steps.items()}
    known = replace(definition, steps=bound_steps)
    for name, step in definition.steps.items():
        bound = bound_steps[name]
        given = _given_problems(bound) if parameters else []
        yield from given
        # An executor can only judge arguments in good form.
        form = [*api_problems, *given]
        sound = not any(line.startswith(f"step {step.name}:") for line in form)
        executor = EXECUTORS.get(step.type)
        own = [*executor.problems(bound)] if sound and executor else []
        if sound and executor and not own:
            own = [*place_problems(bound), *executor.among(known, bound)]
        for problem in (*refusals(bound), *own, *_step_problems(definition, step)):
            yield f"step {step.name}: {problem}"
    # Only a graph whose nodes all exist can be asked for cycles.
    names = set(definition.steps)
    if all(graph.dependencies(step) <= names for step in definition.steps.values()):
        yield from graph_problems(definition)


def _bound(step: Step, parameters: Mapping[str, Json]) -> Step:
    """Return a step with the parameters of a run, as far as they are known."""
    values = {name: put_values(getattr(step, name), parameters) for name in _WITH_VALUES}
    return replace(step, **values)


def _given_problems(bound: Step) -> list[str]:
    """List what the API would refuse with the parameters of a run."""
    step = {"Name": bound.name, "Type": bound.type, "Arguments": bound.arguments}
    return request_problems({"Steps": [step]})


def _step_problems(definition: Definition, step: Step) -> Iterator[str]:
    if problem := type_problem(step.type):
        yield f"Type: {problem}"
    row = step_type(step.type)
    if not row.refused:
        yield from _setting_problems(definition, step, row)
    yield from caching.problems(step)
    for name in step.depends_on:
        if name not in definition.steps:
            yield f"DependsOn: there is no step {name!r}"
    for where, expression in walk({"Arguments": step.arguments, **step.settings}):
        if problem := shape_problem(expression):
            yield f"{show_path(where)}: {problem}"
    for where, reference in references(step):
        if problem := _reference_problem(definition, step, reference):
            yield f"{show_path(where)}: {problem}"


def _setting_problems(definition: Definition, step: Step, row: StepType) -> Iterator[str]:
    known = {row.outputs, row.function, row.queue, *row.settings}
    for name in sorted(step.settings.keys() - known):
        yield f"{name}: is not a field of a {step.type} step"
    for name, kind in row.settings.items():
        given = kind_in(definition, step.settings.get(name))
        if given not in (None, "null", kind):
            yield f"{name}: is of type {given}, not {kind}"


def _reference_problem(definition: Definition, step: Step, reference: Reference) -> str | None:
    if reference.kind == "parameter":
        known = reference.name in definition.parameters
        return None if known else f"there is no parameter {reference.name!r}"
    if reference.kind == "execution":
        known = reference.name in EXECUTION_VARIABLES
        return None if known else f"there is no execution variable {reference.name!r}"
    if reference.kind == "item":
        return None if _loop_of(definition, step) else "there is no current item outside a ForEach"
    asked = definition.steps.get(reference.step)
    if asked is None:
        return f"there is no step {reference.step!r}"
    if _runs_after_failure(definition, step, asked):
        return f"step {asked.name} has no properties, as {step.name} runs because it failed"
    return _result_problem(definition, step, asked, reference)


def _result_problem(
    definition: Definition, step: Step, asked: Step, reference: Reference
) -> str | None:
    loop = _loop_of(definition, asked)
    if loop and loop != _loop_of(definition, step):
        return f"step {asked.name} is repeated; ask for Steps.{loop}.IterationOutputs[i]"
    if reference.kind == "property file":
        return _property_file_problem(asked, reference.name)
    executor = EXECUTORS.get(asked.type)
    problem = executor.property_problem(asked, reference.path) if executor else None
    return f"Steps.{asked.name}: {problem}" if problem else _branch_problem(definition, step, asked)


def _runs_after_failure(definition: Definition, step: Step, asked: Step) -> bool:
    """Return whether a step runs only if another failed."""
    known = definition.steps
    before = {step.name, *graph.all_before(definition, step.name)} & known.keys()
    return any(known[each].triggers.get(asked.name) == FAILED for each in before)


def _loop_of(definition: Definition, step: Step) -> str | None:
    """Return the step that repeats another, or None."""
    outer = definition.steps[step.branch.condition] if step.branch else None
    return outer.name if outer is not None and step_type(outer.type).repeats else None


def _property_file_problem(step: Step, name: str) -> str | None:
    file = step.property_files.get(name)
    if file is None:
        return f"step {step.name} declares no property file {name!r}"
    outputs = member_at(step.arguments, ("ProcessingOutputConfig", "Outputs"))
    names = [member_at(each, ("OutputName",)) for each in as_list(outputs)]
    if file.output not in names:
        return f"property file {name!r} is in output {file.output!r}, which {step.name} lacks"
    return None


def _branch_problem(definition: Definition, step: Step, asked: Step) -> str | None:
    needed, met = graph.branches(definition, asked.name), graph.branches(definition, step.name)
    for condition, outcome in needed.items():
        if met.get(condition, outcome) != outcome:
            return f"step {asked.name} is on the other side of condition {condition}"
    return None
