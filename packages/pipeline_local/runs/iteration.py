"""The body of a ForEach step, run for one item."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.inner_jobs import recorded
from pipeline_local.jobs.work import StepFailed, Work, reason_of
from pipeline_local.runs.attempts import attempt
from pipeline_local.runs.first_facts import first_facts
from pipeline_local.runs.run_state import StepState
from pipeline_local.steps.executors import EXECUTORS
from pipeline_local.steps.for_each import part_of
from pipeline_schema import graph
from pipeline_schema.expressions import evaluate
from pipeline_schema.property_paths import PathError, look_up
from pipeline_schema.requests import value_problems
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from pipeline_local.jobs.work import RunContext
    from pipeline_local.runs.slots import Slots
    from pipeline_schema.definition import Step
    from pipeline_schema.expressions import Reference, Scope
    from pipeline_schema.values import JsonObject


@dataclass(frozen=True)
class Body:
    """The steps of a body, and what they see of the run."""

    steps: tuple[Step, ...]
    scope: Scope
    run: RunContext
    slots: Slots

    def __call__(self, item: Any, index: int) -> JsonObject:
        """Run the body for an item; return the properties of its steps by their names."""
        scope = _ItemScope(self.scope, item)
        for step in self._in_order():
            child = replace(step, name=f"{step.name}-{index}")
            try:
                scope.results[step.name] = self._run(child, scope)
            except MlopsError as error:
                exception = error.exception if isinstance(error, StepFailed) else ""
                raise StepFailed(f"{child.name}: {reason_of(error)}", exception) from error
        return scope.results

    def _in_order(self) -> list[Step]:
        known = {step.name: step for step in self.steps}
        before = {name: graph.dependencies(step) & known.keys() for name, step in known.items()}
        return [known[name] for name in TopologicalSorter(before).static_order()]

    def _run(self, child: Step, scope: _ItemScope) -> JsonObject:
        arguments = evaluate(child.arguments, scope)
        if lines := value_problems(replace(child, arguments=arguments)):
            raise MlopsError(*lines)
        settings = evaluate(child.settings, scope)
        work = Work(child, arguments, settings, self.run, scope=self.scope)
        facts = first_facts(work)

        def run() -> JsonObject:
            return attempt(work, EXECUTORS[child.type].run, StepState(child.type))

        with self.slots.taken(waits=bool(step_type(child.type).queue)):
            return recorded(work, facts, run) if facts else run()


@dataclass(frozen=True)
class _ItemScope:
    """The values that the body sees for one item."""

    outer: Scope
    item: Any
    results: dict[str, JsonObject] = field(default_factory=dict)

    def value_of(self, reference: Reference) -> Any:
        if reference.kind == "item":
            return part_of(self.item, reference)
        if reference.step in self.results:
            try:
                return look_up(self.results[reference.step], reference.path)
            except PathError as error:
                raise MlopsError(f"Steps.{reference.step}: {error}") from None
        return self.outer.value_of(reference)

    def read_json(self, uri: str) -> Any:
        return self.outer.read_json(uri)
