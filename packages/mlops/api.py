"""Runs of the project's pipelines from Python, such as from a notebook."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mlops.local_project import local_project
from mlops.synthesis.project import project_root
from pipeline_local.api import result_of
from pipeline_local.result import RunResult, StepResult
from pipeline_local.runs import runner
from pipeline_local.runs.observer import Observer, PlainLines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["RunResult", "StepResult", "run"]


def run(
    pipeline: str,
    *,
    environment: str = "dev",
    parameters: Mapping[str, object] | None = None,
    data: Path | None = None,
    tables: Mapping[str, Path] | None = None,
    only: str | None = None,
    base: str | None = None,
    template: Path | None = None,
    project: str | None = None,
    progress: bool = True,
) -> RunResult:
    """Run a pipeline of the project to its end on this machine, as ``mlops run --local`` does.

    The project is that of the current folder. After an edit of job code the next run takes the
    code as it is; nothing has to be imported again.

    Parameters
    ----------
    pipeline : str
        Its name, such as ``training``, or the file of a definition or template.
    environment : str, optional
        Whose settings the definition is made with.
    parameters : mapping of str to object, optional
        Values of the pipeline's parameters.
    data : Path, optional
        The data set, a file or a folder of them; found by its name by default.
    tables : mapping of str to Path, optional
        Rows (CSV or Parquet) of the tables that queries read, by "DATABASE.TABLE".
    only : str, optional
        Run this step alone, with the results of the latest run, or of `base`.
    base : str, optional
        A run's id; without `only` that run is resumed.
    template : Path, optional
        A cloud assembly, a template or a folder of them, in place of the project's.
    project : str, optional
        The team's project whose pipeline it is.
    progress : bool, optional
        Print a line for each change of a step.

    Returns
    -------
    RunResult
        Also of a run that failed, or that was stopped by an interrupt.

    Raises
    ------
    UserError
        If the run cannot start: a definition with mistakes, a missing file or parameter.

    Examples
    --------
    >>> result = run("small", data=Path("data.csv"), progress=False)
    >>> result.status, list(result.steps)
    ('Succeeded', ['Prepare', 'Train', 'Enough', 'Register', 'TooFew'])
    >>> run("small", only="Train", base=result.run_id, progress=False).steps["Train"].failure
    """
    here = local_project(project_root())
    observer = PlainLines(partial(print, flush=True), here.root) if progress else Observer()
    if base is not None and only is None:
        return result_of(runner.resume(base, here, observer), here)
    values = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (parameters or {}).items()
    }
    request = runner.RunRequest(
        pipeline, environment, values, data, dict(tables or {}), template, only, base, project
    )
    return result_of(runner.start(request, here, observer), here)
