"""`mlops run --local --watch`: run again at every edit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from mlops.command_line.reporting import explain
from mlops.synthesis.project import project_root
from mlops.synthesis.watching import look, wait_for_edit
from mlops_common.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def run_at_every_edit(run: Callable[[], bool], files: Sequence[Path]) -> None:
    """Run now and whenever a file changes, until Ctrl-C or until a run was stopped.

    `run` returns whether it was stopped; `files` are watched beside those of the project.
    """
    root = project_root()
    while True:
        seen = look(root, files)
        try:
            stopped = run()
        except Exception as error:
            explain(error)
            stopped = False
        if stopped:
            raise typer.Exit(130)
        try:
            typer.echo("waiting for an edit; Ctrl-C ends", err=True)
            changed = wait_for_edit(root, seen, files)
        except KeyboardInterrupt:
            return
        names = ", ".join(os.path.relpath(path, root) for path in changed)
        typer.echo(f"changed: {printable(names)}", err=True)
