"""Answers to callbacks, given by a command or by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.runs.run_state import RunFolder, all_runs
from pipeline_local.steps.callback_answers import CallbackError, find_callback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pipeline_local.steps.callback_answers import Callback


def _has_ended(run: RunFolder, _callback: Callback) -> bool:
    return run.load().ended is not None


def give_answer(
    root: Path,
    token: str,
    answer: Callable[[Callback], None],
    has_ended: Callable[[RunFolder, Callback], bool] = _has_ended,
) -> tuple[RunFolder, Callback]:
    """Answer the callback of a token in the runs of a project; return both.

    An answer that nothing waits for is refused; one that is there already has its own words.
    """
    callback = find_callback((run.folder for run in all_runs(root)), token)
    run = RunFolder(callback.folder.parent)
    if callback.answer() is None and (callback.closed or has_ended(run, callback)):
        raise CallbackError(
            f"step {callback.step} no longer waits: run {run.run_id} was stopped or has ended; "
            "resumed, it asks with a new token"
        )
    answer(callback)
    return run, callback


def answer_callback(root: Path, token: str, values: Mapping[str, str], failure: str | None) -> str:
    """Answer a callback of a run; return a line that says what was answered."""
    run, callback = give_answer(
        root,
        token,
        lambda asked: asked.succeed(values) if failure is None else asked.fail(failure),
    )
    later = "" if run.is_alive() else "; the run was interrupted: resume it"
    return f"step {callback.step} of run {run.run_id} is answered{later}"
