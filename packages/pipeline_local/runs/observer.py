"""Observers of a run: each method is a callback that does nothing by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.runs.summary import duration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_local.runs.run_state import RunState


class Observer:
    """Base class that ignores all events."""

    def say(self, message: str) -> None:
        """Receive a message about the preparation."""

    def begin(self, state: RunState, folder: Path) -> None:
        """Receive the start of the steps."""

    def changed(self, name: str, state: RunState) -> None:
        """Receive a step's change of status."""

    def waits(self, step: str, token: str, outputs: list[str]) -> None:
        """Receive that a step waits for an answer with outputs of these names."""

    def tick(self, state: RunState) -> None:
        """Receive the passing of time."""


class PlainLines(Observer):
    """Observer that writes a line for each event, with folders relative to a root."""

    def __init__(
        self, write: Callable[[str], None], root: Path, answer: str = "mlops runs callback"
    ) -> None:
        self._write, self._root, self._answer = write, root, answer

    def say(self, message: str) -> None:
        """Write the message."""
        self._write(message)

    def begin(self, state: RunState, folder: Path) -> None:
        """Write the run's id and notes."""
        self._write(f"run {state.run_id} of {state.pipeline}: {folder.relative_to(self._root)}")
        for note in state.notes:
            self._write(f"note: {note}")

    def changed(self, name: str, state: RunState) -> None:
        """Write a step's new status."""
        step = state.steps[name]
        took = "" if step.ended is None else f" after {duration(step.seconds)}"
        origin = f", {step.origin}" if step.origin else ""
        self._write(f"{name}: {step.status}{took}{origin}")

    def waits(self, step: str, token: str, outputs: list[str]) -> None:
        """Write how the answer is given."""
        self._write(how_to_answer(step, token, outputs, self._answer))


def how_to_answer(step: str, token: str, outputs: list[str], command: str) -> str:
    """Return a line with the command that answers a step's callback."""
    values = " ".join(f"{name}=VALUE" for name in outputs)
    success = f"{command} {token} --success {values}".rstrip()
    return f"{step}: waits for an answer: {success} (or --failure REASON)"
