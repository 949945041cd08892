"""Whoever follows a run: each method hears of something, and by default does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.runs.summary import duration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_local.runs.run_state import RunState


class Observer:
    """Follows a run without a word."""

    def say(self, message: str) -> None:
        """Hear what is being prepared."""

    def begin(self, state: RunState, folder: Path) -> None:
        """Hear that the steps begin."""

    def changed(self, name: str, state: RunState) -> None:
        """Hear that a step changed its status."""

    def tick(self, state: RunState) -> None:
        """Hear that time passed."""


class PlainLines(Observer):
    """Writes a line for whatever happens, folders relative to a root."""

    def __init__(self, write: Callable[[str], None], root: Path) -> None:
        self._write, self._root = write, root

    def say(self, message: str) -> None:
        """Write what is being prepared."""
        self._write(message)

    def begin(self, state: RunState, folder: Path) -> None:
        """Write which run begins, and what a person should know."""
        self._write(f"run {state.run_id} of {state.pipeline}: {folder.relative_to(self._root)}")
        for note in state.notes:
            self._write(f"note: {note}")

    def changed(self, name: str, state: RunState) -> None:
        """Write a step's new status."""
        step = state.steps[name]
        took = "" if step.ended is None else f" after {duration(step.seconds)}"
        origin = f", {step.origin}" if step.origin else ""
        self._write(f"{name}: {step.status}{took}{origin}")
