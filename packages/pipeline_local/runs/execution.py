"""Execution of a definition: scheduling of steps and the outcome of the run."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from mlops_common.times import now
from pipeline_local.jobs.work import RunContext, RunStopped, Work, reason_of
from pipeline_local.runs import caching
from pipeline_local.runs.attempts import attempt
from pipeline_local.runs.first_facts import first_facts
from pipeline_local.runs.iteration import Body
from pipeline_local.runs.run_state import RunState, Status
from pipeline_local.runs.scope import RunScope
from pipeline_local.runs.slots import Slots
from pipeline_local.steps import decisions
from pipeline_local.steps.executors import EXECUTORS
from pipeline_local.steps.job_facts import job_facts
from pipeline_schema import graph
from pipeline_schema.definition import ANY, FAILED
from pipeline_schema.expressions import evaluate
from pipeline_schema.requests import value_problems
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from pipeline_local.runs.observer import Observer
    from pipeline_local.runs.run_state import RunFolder, StepState
    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.values import JsonObject

_TICK_SECONDS = 0.25


@dataclass
class Execution:
    """One run of a validated definition, continued from its state.

    As on SageMaker, a failed step fails the run: running steps finish, no other starts.
    """

    definition: Definition
    state: RunState
    folder: RunFolder
    context: RunContext
    listener: Observer
    _running: set[Future[None]] = field(default_factory=set, init=False)
    _slots: Slots = field(default_factory=lambda: Slots(os.cpu_count() or 1), init=False)

    def run(self) -> Status:
        """Execute the remaining steps."""
        self._reset_unfinished()
        self._slots.most = self.definition.max_parallel
        # A thread a step: `Slots` says how many of them work.
        with ThreadPoolExecutor(len(self.state.steps) or 1, thread_name_prefix="step") as pool:
            try:
                self._loop(pool)
            except KeyboardInterrupt:
                self.context.stop.set()
                wait(self._running)
        return self._conclude()

    def _reset_unfinished(self) -> None:
        for step in self.state.steps.values():
            if step.status is not Status.SUCCEEDED:
                step.status, step.failure = Status.WAITING, None
                step.properties = {}
        self.state.status, self.state.failure, self.state.ended = Status.EXECUTING, None, None
        self.folder.save(self.state)

    def _loop(self, pool: ThreadPoolExecutor) -> None:
        while True:
            self._skip_untaken()
            for step in self._ready():
                row = step_type(step.type)
                # What repeats others has no place itself: each of its iterations takes one.
                if row.repeats or self._slots.try_take(waits=bool(row.queue)):
                    self._change(step.name, Status.EXECUTING)
                    self._running.add(pool.submit(self._run_and_give, step))
            if not self._running:
                return
            done, self._running = wait(self._running, _TICK_SECONDS, FIRST_COMPLETED)
            for future in done:
                future.result()  # a defect of the runner itself must not pass for a failed step
            self.listener.tick(self.state)

    def _skip_untaken(self) -> None:
        """Mark the steps of branches not chosen, and their dependents, until none is left."""
        while untaken := [step for step in self._waiting() if self._is_untaken(step)]:
            for step in untaken:
                self._change(step.name, Status.NOT_TAKEN)

    def _is_untaken(self, step: Step) -> bool:
        if any(self._status(name) is Status.NOT_TAKEN for name in graph.dependencies(step)):
            return True
        if any(
            trigger == FAILED and self._status(name) is Status.SUCCEEDED
            for name, trigger in step.triggers.items()
        ):
            return True
        branch = step.branch
        if branch is None or self._status(branch.condition) is not Status.SUCCEEDED:
            return False
        decided = self.state.steps[branch.condition].properties
        return decisions.outcome_of(decided) != branch.outcome

    def _ready(self) -> list[Step]:
        failed = self._failed()
        return [
            step
            for step in self._waiting()
            if all(self._lets_run(name, step) for name in graph.dependencies(step))
            and not self._is_repeated(step)
            # After a failure, only what runs because of it.
            and (not failed or self._follows_failure(step))
        ]

    def _body_of(self, step: Step) -> list[Step]:
        """Return the steps that a step repeats."""
        if not step_type(step.type).repeats:
            return []
        steps = self.definition.steps.values()
        return [each for each in steps if each.branch and each.branch.condition == step.name]

    def _is_repeated(self, step: Step) -> bool:
        if step.branch is None:
            return False
        return step_type(self.definition.steps[step.branch.condition].type).repeats

    def _lets_run(self, name: str, step: Step) -> bool:
        wanted = {FAILED: (Status.FAILED,), ANY: (Status.SUCCEEDED, Status.FAILED)}
        return self._status(name) in wanted.get(step.triggers.get(name, ""), (Status.SUCCEEDED,))

    def _follows_failure(self, step: Step) -> bool:
        before = graph.dependencies(step)
        return any(
            self._status(name) is Status.FAILED
            or self._follows_failure(self.definition.steps[name])
            for name in before
        )

    def _failed(self) -> list[str]:
        return [name for name in self.state.steps if self._status(name) is Status.FAILED]

    def _is_answered(self, failed: str) -> bool:
        """Return whether a step ran because another failed."""
        return any(
            failed in step.triggers and self._status(step.name) is Status.SUCCEEDED
            for step in self.definition.steps.values()
        )

    def _waiting(self) -> list[Step]:
        steps = self.definition.steps.values()
        return [step for step in steps if self._status(step.name) is Status.WAITING]

    def _status(self, name: str) -> Status:
        return self.state.steps[name].status

    def _run_and_give(self, step: Step) -> None:
        try:
            self._run_step(step)
        finally:
            row = step_type(step.type)
            if not row.repeats:
                self._slots.give(waits=bool(row.queue))

    def _run_step(self, step: Step) -> None:
        known = self.state.steps[step.name]
        try:
            scope = RunScope(self.definition, self.state, self.context, step.name)
            known.arguments = evaluate(step.arguments, scope)
            body = tuple(self._body_of(step))
            repeat = Body(body, scope, self.context, self._slots) if body else None
            settings = evaluate(step.settings, scope)
            note = partial(self._note, known)
            work = Work(step, known.arguments, settings, self.context, repeat, scope, note)
            _check(work)
            known.cache_key = caching.cache_key(step, work.arguments, work.settings)
            if not self._reuse(work, known):
                note(first_facts(work))
                answer = attempt(work, EXECUTORS[step.type].run, known)
                self._note(known, {**answer, **job_facts(step.type, known.started, now())})
                if known.cache_key:
                    known.outputs = caching.fingerprints(self.context.store, known)
        except RunStopped:
            self._change(step.name, Status.STOPPED)
        except MlopsError as error:
            known.failure = reason_of(error)
            self._change(step.name, Status.FAILED)
        else:
            for each in self._body_of(step):
                self._change(each.name, Status.SUCCEEDED)
            self._change(step.name, Status.SUCCEEDED)

    def _note(self, known: StepState, properties: JsonObject) -> None:
        known.properties = {**known.properties, **properties}
        self.folder.save(self.state)

    def _reuse(self, work: Work, known: StepState) -> bool:
        """Reuse an earlier result if step caching finds one; return whether it did."""
        key, context = known.cache_key, self.context
        if key is None or work.step.name == self.state.only:
            return False
        runs = context.folder.parent
        found = caching.find_earlier(work.step, key, self.state, runs, context.store)
        if found is None:
            return False
        known.reuse(found.steps[work.step.name], found.run_id, cached=True)
        work.log.parent.mkdir(parents=True, exist_ok=True)
        work.log.write_text(f"{known.origin}: {found.run_id}/logs/{work.log.name}\n")
        return True

    def _change(self, name: str, status: Status) -> None:
        step = self.state.steps[name]
        step.status = status
        if status is Status.EXECUTING:
            step.started, step.ended = now(), None
        elif status is not Status.NOT_TAKEN:
            step.ended = now()
        self.folder.save(self.state)
        self.listener.changed(name, self.state)

    def _conclude(self) -> Status:
        state = self.state
        if failed := self._failed():
            answered = all(self._is_answered(name) for name in failed)
            state.status = Status.COMPLETED_WITH_FAILURES if answered else Status.FAILED
            state.failure = state.steps[failed[0]].failure
        elif self.context.stop.is_set():
            state.status = Status.STOPPED
        else:
            state.status = Status.SUCCEEDED
        state.ended = now()
        self.folder.save(state)
        return state.status


def _check(work: Work) -> None:
    """Refuse values that only the run could know."""
    if lines := value_problems(replace(work.step, arguments=work.arguments)):
        raise MlopsError(*lines)
