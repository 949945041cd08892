"""The process of an execution that the API started: ``python -m pipeline_local.runs.service``.

The local AWS starts one for each execution. It reports every change, from which events follow.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from mlops_common.processes import end_with_parent, stop_on_termination
from mlops_common.times import now
from pipeline_local.aws import Aws
from pipeline_local.aws.address import Address, read_address
from pipeline_local.aws.control import ask
from pipeline_local.jobs import sandbox
from pipeline_local.runs import runner
from pipeline_local.runs.api_execution import (
    EVENTS_SENT,
    EXECUTION_ENTRY,
    REQUEST,
    Execution,
)
from pipeline_local.runs.checks import check
from pipeline_local.runs.observer import Observer
from pipeline_local.runs.pipeline_facts import execution_event, step_event
from pipeline_local.runs.run_state import RunFolder, RunState, Status, waiting_steps
from pipeline_local.runs.selection import check_chosen, parameters_of, results, select
from pipeline_local.steps.function_code import (
    callable_functions,
    function_problems,
    keep_functions,
    needed_functions,
)
from pipeline_local.steps.queries.datasets import check_tables
from pipeline_schema.definition import Definition, parse_definition
from pipeline_schema.requests import request_problems

_WITHOUT_EVENT = (Status.WAITING, Status.NOT_TAKEN, Status.INTERRUPTED)


class EventEmitter(Observer):
    """Observer that sends one event for each change of status, also across restarts."""

    def __init__(self, execution: Execution, folder: Path, server: Address) -> None:
        self._execution = execution
        self._path = folder / EVENTS_SENT
        self._server = server
        self._sent: dict[str, str] = (
            json.loads(self._path.read_text()) if self._path.is_file() else {}
        )

    def say(self, message: str) -> None:
        """Write to the runner's log."""
        sys.stdout.write(f"{message}\n")
        sys.stdout.flush()

    def begin(self, state: RunState, folder: Path) -> None:
        """Send the start of the execution."""
        self.say(f"run {state.run_id} of {state.pipeline_name} in {folder}")
        self._send(state)

    def changed(self, name: str, state: RunState) -> None:
        """Send the change of a step."""
        self.say(f"{name}: {state.steps[name].status}")
        self._send(state)

    def waits(self, step: str, token: str, outputs: list[str]) -> None:
        """Write the token to the runner's log, and the outputs of its answer."""
        self.say(
            f"{step}: waits for an answer to token {token} with {', '.join(outputs) or 'none'}"
        )

    def end(self, state: RunState) -> None:
        """Send the end of the execution."""
        self._send(state)

    def _send(self, state: RunState) -> None:
        events: list[dict[str, Any]] = []
        sent = dict(self._sent)
        if state.status is Status.EXECUTING and sent.get(EXECUTION_ENTRY) != state.status:
            events.append(execution_event(self._execution, state, sent.get(EXECUTION_ENTRY)))
            sent[EXECUTION_ENTRY] = str(state.status)
        for name, step in state.steps.items():
            if step.status not in _WITHOUT_EVENT and sent.get(name) != step.status:
                events.append(step_event(self._execution, name, step, sent.get(name)))
                sent[name] = str(step.status)
        if state.ended is not None and sent.get(EXECUTION_ENTRY) != state.status:
            events.append(execution_event(self._execution, state, sent.get(EXECUTION_ENTRY)))
            sent[EXECUTION_ENTRY] = str(state.status)
        if events:
            if ask(self._server, "events", {"events": events}) is None:
                raise MlopsError("the local AWS does not answer; events wait for its next start")
            self._sent = sent
            write_atomically(self._path, json.dumps(sent))


def execute(execution: Execution, folder: RunFolder, state_folder: Path) -> RunState:
    """Execute the remaining steps of an execution."""
    server = _server(state_folder)
    emitter = EventEmitter(execution, folder.folder, server)
    with folder.owned():
        state = _run_state(execution, folder)
        if state.ended is not None:  # in a process that could not send its last events
            emitter.end(state)
            return state
        try:
            aws = Aws(execution.region, execution.account, server)
            definition = _prepare(execution, folder, state, aws)
            check_tables(definition, state.parameters, state.tables, aws.client)
        except MlopsError as error:
            _end(folder, state, Status.FAILED, str(error))
        else:
            runner.execute(folder, state, definition, aws, emitter)
        emitter.end(state)
    return state


def conclude(
    execution: Execution, folder: RunFolder, state_folder: Path, status: Status, reason: str | None
) -> None:
    """End an execution without a process: stopped before its start, or its runner died."""
    server = _server(state_folder)
    with folder.owned():
        state = _run_state(execution, folder)
        for step in state.steps.values():
            if step.status is Status.EXECUTING:
                step.status, step.ended = status, now()
        _end(folder, state, status, reason)
        EventEmitter(execution, folder.folder, server).end(state)


def _server(state_folder: Path) -> Address:
    server = read_address(state_folder)
    if server is None:
        raise MlopsError(f"{state_folder}: no local AWS runs here")
    return server


def _end(folder: RunFolder, state: RunState, status: Status, reason: str | None) -> None:
    state.status, state.failure, state.ended = status, reason, now()
    folder.save(state)


def _run_state(execution: Execution, folder: RunFolder) -> RunState:
    """Read the run, or create it."""
    if (folder.folder / "state.json").is_file():
        state = RunState.from_json(json.loads((folder.folder / "state.json").read_text()))
        if state.retries < execution.retries:
            state.retries, state.status, state.ended = execution.retries, Status.EXECUTING, None
        return state
    state = RunState(
        run_id=folder.run_id,
        pipeline=execution.short_name,
        pipeline_name=execution.pipeline,
        environment=execution.environment,
        account=execution.account,
        region=execution.region,
        partition=execution.arn.split(":")[1],
        parameters=dict(execution.parameters),
        steps={},
        started=now(),
        notes=[note] if (note := sandbox.isolation_note()) else [],
        source=execution.short_name,
        retries=execution.retries,
    )
    folder.save_definition(json.loads(execution.definition))
    folder.save(state)
    return state


def _prepare(execution: Execution, folder: RunFolder, state: RunState, aws: Aws) -> Definition:
    definition = parse_definition(execution.pipeline, folder.load_definition())
    if execution.max_parallel:
        definition = replace(definition, max_parallel=execution.max_parallel)
    if state.steps:
        return definition
    chosen, base = set(execution.selected), None
    if execution.source:
        base = RunFolder(folder.folder.with_name(execution.source)).load()
    parameters = parameters_of(definition, execution.parameters, base)
    functions = callable_functions(definition, (), aws.functions)
    problems = request_problems(folder.load_definition())
    check(definition, parameters, [*problems, *function_problems(definition, functions)])
    keep_functions(needed_functions(definition, functions), folder.folder)
    state.parameters = dict(parameters)
    if chosen:
        check_chosen(definition, chosen, base)
        document = select(folder.load_definition(), definition, chosen, base)
        folder.save_definition(document)
        definition = replace(
            parse_definition(execution.pipeline, document), max_parallel=definition.max_parallel
        )
    state.steps = results(definition, chosen, base) if chosen else waiting_steps(definition)
    for each in state.steps.values():
        if each.reused_from:
            each.started = each.ended = now()
    folder.save(state)
    return definition


def main() -> int:
    """Parse the arguments and run; the outcome is in the run's state."""
    parser = argparse.ArgumentParser(prog="python -m pipeline_local.runs.service")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--fail", metavar="REASON")
    options = parser.parse_args()
    end_with_parent()
    stop_on_termination()
    execution = Execution(**json.loads((options.run / REQUEST).read_text()))
    place = (execution, RunFolder(options.run), options.state)
    if options.stop:
        conclude(*place, Status.STOPPED, None)
    elif options.fail:
        conclude(*place, Status.FAILED, options.fail)
    else:
        execute(*place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
