"""Progress of a local run: a live table at a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mlops.synthesis.project import project_root
from mlops_common.errors import printable
from pipeline_local.runs.observer import Observer, PlainLines, how_to_answer
from pipeline_local.runs.run_state import UNSUCCESSFUL, RunState, Status, find_run
from pipeline_local.runs.summary import (
    ANEW,
    START,
    artefacts_of,
    duration,
    ended_by,
    found_of,
    log_tail,
    resume_commands,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


_STYLES = {
    Status.SUCCEEDED: "green",
    Status.FAILED: "bold red",
    Status.COMPLETED_WITH_FAILURES: "bold red",
    Status.EXECUTING: "cyan",
    Status.STOPPED: "yellow",
    Status.INTERRUPTED: "yellow",
    Status.WAITING: "dim",
    Status.NOT_TAKEN: "dim",
}
_LOG_WIDTH = 60


@contextmanager
def follow(root: Path, *, live: bool = True) -> Iterator[Observer]:
    """Show a run's progress on standard error; paths are relative to `root`."""
    console = Console(stderr=True, highlight=False)
    if not (live and console.is_terminal):
        yield PlainLines(partial(console.print, markup=False), root)
        return
    with Live(console=console, refresh_per_second=8, transient=True) as table:
        yield _LiveTable(table, root)


class _LiveTable(Observer):
    def __init__(self, live: Live, root: Path) -> None:
        self._live = live
        self._root = root
        self._folder = root

    def say(self, message: str) -> None:
        self._live.update(Text(f"{message} …", style="dim"))

    def begin(self, state: RunState, folder: Path) -> None:
        self._folder = folder
        relative = folder.relative_to(self._root)
        self._live.console.print(f"run {state.run_id} of {state.pipeline}: {relative}")
        for note in state.notes:
            self._live.console.print(Text(f"note: {note}", style="yellow"))
        self.tick(state)

    def waits(self, step: str, token: str, outputs: list[str]) -> None:
        line = how_to_answer(step, token, outputs, "mlops runs callback")
        self._live.console.print(Text(line, style="yellow"))

    def changed(self, name: str, state: RunState) -> None:  # noqa: ARG002 - all are shown
        self.tick(state)

    def tick(self, state: RunState) -> None:
        tails = {
            name: "".join(log_tail(self._folder, name, 1))
            for name, step in state.steps.items()
            if step.status is Status.EXECUTING
        }
        self._live.update(_step_table(state, tails))


def _step_table(state: RunState, tails: Mapping[str, str] | None = None) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("step", "type", "status"):
        table.add_column(heading, no_wrap=True)
    table.add_column("time", no_wrap=True, justify="right")
    table.add_column("last line" if tails else "", max_width=_LOG_WIDTH)
    for name, step in state.steps.items():
        status = Text(step.status, style=_STYLES[step.status])
        said = printable((tails or {}).get(name, ""))
        tail = Text(said, style="dim", overflow="ellipsis", no_wrap=True)
        table.add_row(
            name, step.type, status, duration(step.seconds), tail or Text(step.origin, style="dim")
        )
    return table


def print_end(state: RunState, lines: int = 12) -> None:
    """Print a run's steps, durations, artefacts and failure."""
    folder = find_run(project_root(), state.run_id).folder
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print(_step_table(state))
    for name, step in state.steps.items():
        if said := step.properties.get("ExitMessage"):
            console.print(f"{name}: {printable(str(said))}", markup=False)
    for name, place in artefacts_of(state):
        console.print(f"{name}: {place}", markup=False)
    console.print(f"logs: {folder / 'logs'}", markup=False)
    for note in state.notes:
        console.print(Text(f"note: {note}", style="yellow"))
    for name, step in state.steps.items():
        if step.status is Status.FAILED and (tail := log_tail(folder, name, lines)):
            console.print(f"the end of the log of {name}:", markup=False)
            console.print("\n".join(f"  {printable(line)}" for line in tail), markup=False)
    status = Text(state.status, style=_STYLES[state.status])
    found = Text(found_of(state), style="yellow")
    console.print(Text(f"run {state.run_id}: ") + status + f" in {duration(state.seconds)}" + found)
    if state.failure:
        console.print(Text(f"reason: {printable(state.failure)}", style="red"))
    if state.status in UNSUCCESSFUL:
        for line in _advice(state):
            console.print(line, markup=False)


def _advice(state: RunState) -> Iterator[str]:
    """Say what can be done after a run that did not succeed."""
    again, alone = resume_commands(state)
    if not again:
        start = START.format(source=state.source or state.pipeline)
        yield f"{ANEW.format(step=ended_by(state))}: {start}"
    else:
        yield f"resume it: {again}"
    for name, command in alone.items():
        yield f"run {name} alone, with what is here now: {command}"
