"""Answers to callbacks, given by a command or by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.runs.run_state import RunFolder, all_runs
from pipeline_local.steps.callback_answers import find_callback

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline_local.steps.callback_answers import Callback


def callback_of(root: Path, token: str) -> Callback:
    """Find the callback of a token in the runs of a project."""
    return find_callback((run.folder for run in all_runs(root)), token)


def answer_callback(root: Path, token: str, values: Mapping[str, str], failure: str | None) -> str:
    """Answer a callback of a run; return a line that says what was answered."""
    callback = callback_of(root, token)
    run = RunFolder(callback.folder.parent)
    if callback.closed and callback.answer() is None:
        raise MlopsError(
            f"step {callback.step}: run {run.run_id} was stopped; resumed, it asks with a new token"
        )
    if failure is None:
        callback.succeed(values)
    else:
        callback.fail(failure)
    later = "" if run.is_alive() else "; the run was interrupted: resume it"
    return f"step {callback.step} of run {run.run_id} is answered{later}"
