"""Dependencies between steps."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from pipeline_schema.definition import references

if TYPE_CHECKING:
    from pipeline_schema.definition import Definition, Step


def dependencies(step: Step) -> frozenset[str]:
    """Return the steps that must have ended before this one: named, referred to, or enclosing."""
    referred = {reference.step for _, reference in references(step) if reference.step}
    enclosing = {step.branch.condition} if step.branch else set()
    return frozenset({*step.depends_on, *referred, *enclosing})


def all_before(definition: Definition, name: str) -> set[str]:
    """Return all steps that must have ended before a step, as far as there are such steps."""
    found: set[str] = set()
    ahead = set(dependencies(definition.steps[name]))
    while ahead:
        found |= ahead
        there = ahead & definition.steps.keys()
        ahead = {each for step in there for each in dependencies(definition.steps[step])} - found
    return found


def find_cycle(definition: Definition) -> list[str] | None:
    """Return the names along a cycle, first and last the same, or None."""
    graph = {step.name: sorted(dependencies(step)) for step in definition.steps.values()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return None


def branches(definition: Definition, name: str) -> dict[str, bool]:
    """Return the outcome of every enclosing condition that a step needs in order to run."""
    needed: dict[str, bool] = {}
    branch = definition.steps[name].branch
    while branch is not None and branch.condition not in needed:
        needed[branch.condition] = branch.outcome
        branch = definition.steps[branch.condition].branch
    return needed
