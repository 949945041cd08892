"""A run as one self-contained HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import RunFolder

__all__ = ["DEFAULT_OUTPUT", "write_report"]

DEFAULT_OUTPUT = "build/report/index.html"


def write_report(
    folder: RunFolder,
    output: Path,
    store: ObjectStore | None,
    commands: tuple[str, str] | None = None,
) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    store : ObjectStore or None
        The store of the run's outputs; None leaves out what only they contain.
    commands : tuple of str, optional
        The command that resumes a run, and what is added to run one step alone.
    """
    from pipeline_local.report.facts import collect
    from pipeline_local.report.page import render

    page = render(collect(folder, store, *(commands or ())))
    try:
        write_atomically(output, page)
    except OSError as error:
        raise MlopsError(f"{output}: cannot be written: {error.strerror}") from None
    return output
