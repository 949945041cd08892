"""Steps of a changed pipeline that run again, by the cache rules of the runner.

Two executions in a row with default parameters are compared: the first under the original
definition, successful in all its steps; the second under the changed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.runs.caching import cache_key
from pipeline_schema.expressions import evaluate
from pipeline_schema.graph import dependencies
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.expressions import Reference

_FIRST, _SECOND = "first", "second"


@dataclass(frozen=True)
class Again:
    """A step that was served from the cache and runs again."""

    step: str
    because: tuple[str, ...]  # its own attributes that differ, or steps before it that run again
    own: bool


class _Scope:
    """Values that a step sees in one of the two executions."""

    def __init__(self, definition: Definition, execution: str, results: Mapping[str, str]) -> None:
        self._definition = definition
        self._execution = execution
        self._results = results

    def value_of(self, reference: Reference) -> Any:
        if reference.kind == "parameter":
            parameter = self._definition.parameters.get(reference.name)
            default = None if parameter is None else parameter.default
            return f"(given: {reference.name})" if default is None else default
        if reference.kind == "execution":
            steady = reference.name in {"PipelineName", "PipelineArn"}
            return reference.name if steady else f"{self._execution} {reference.name}"
        made = self._results.get(reference.step, self._execution)
        return f"{made} {reference.step} {reference.kind} {reference.name} {reference.path}"

    def read_json(self, uri: str) -> Any:
        raise MlopsError(f"{uri}: no step has run")


def runs_again(before: Definition, after: Definition) -> tuple[Again, ...]:
    """List the cached steps that run again, in the order of the changed definition."""
    first = _keys(before, _FIRST, dict.fromkeys(before.steps, _FIRST))
    unchanged = _served(before, first)
    served = _served(after, first)
    found = []
    for name in _order(after):
        if name not in unchanged or name in served:
            continue
        own = _differing(before.steps[name], after.steps[name], before, after)
        above = tuple(
            sorted(
                each
                for each in dependencies(after.steps[name])
                if each not in served and step_type(after.steps[each].type).cache_attributes
            )
        )
        found.append(Again(name, own or above, bool(own)))
    return tuple(found)


def runs_always(definition: Definition) -> tuple[str, ...]:
    """List the steps that no execution takes from the cache, but those that only decide."""
    served = _served(definition, _keys(definition, _FIRST, dict.fromkeys(definition.steps, _FIRST)))
    return tuple(
        name
        for name, step in definition.steps.items()
        if name not in served and not step_type(step.type).only_steers
    )


def _served(definition: Definition, first: Mapping[str, str]) -> set[str]:
    """Return the steps that a second execution takes from the cache."""
    results: dict[str, str] = {}
    for name in _order(definition):
        step = definition.steps[name]
        key = _key(step, _Scope(definition, _SECOND, results))
        hit = bool(step.cache.get("Enabled")) and key is not None and key == first.get(name)
        results[name] = _FIRST if hit else _SECOND
    return {name for name, made in results.items() if made == _FIRST}


def _keys(definition: Definition, execution: str, results: Mapping[str, str]) -> dict[str, str]:
    scope = _Scope(definition, execution, results)
    keys = {name: _key(step, scope) for name, step in definition.steps.items()}
    return {name: key for name, key in keys.items() if key is not None}


def _key(step: Step, scope: _Scope) -> str | None:
    try:
        return cache_key(step, evaluate(step.arguments, scope), evaluate(step.settings, scope))
    except MlopsError:
        return None  # what it reads is known only when it runs: never served


def _order(definition: Definition) -> list[str]:
    graph = {name: sorted(dependencies(step)) for name, step in definition.steps.items()}
    try:
        return [name for name in TopologicalSorter(graph).static_order() if name in graph]
    except CycleError:
        return list(definition.steps)


def _differing(old: Step, new: Step, before: Definition, after: Definition) -> tuple[str, ...]:
    """Name the compared attributes that differ when all before the step is as it was."""
    results = dict.fromkeys((*before.steps, *after.steps), _FIRST)
    sides = [{**step.settings, **step.arguments} for step in (old, new)]
    scopes = [_Scope(before, _FIRST, results), _Scope(after, _FIRST, results)]
    if not new.cache.get("Enabled"):
        return ("CacheConfig",)
    if old.type != new.type:
        return ("Type",)
    differing = []
    for name in step_type(new.type).cache_attributes:
        values = [member_at(side, name.split(".")) for side in sides]
        try:
            computed = [evaluate(v, scope) for v, scope in zip(values, scopes, strict=True)]
        except MlopsError:
            computed = values
        if computed[0] != computed[1]:
            differing.append(name)
    return tuple(differing)
