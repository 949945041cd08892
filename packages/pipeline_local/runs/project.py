"""What runs take from their surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_local.aws import Aws
    from pipeline_local.runs.dataset import Dataset


@dataclass(frozen=True)
class Project:
    """A folder with runs, and what resolves the names that a run is given.

    Attributes
    ----------
    root : Path
        The folder; runs are kept in `build/runs` below it.
    connect : callable
        Clients of the local AWS, by region and account.
    place : callable
        Account and region of an environment, by its name.
    synthesize : callable
        The cloud assembly of an environment, by its name.
    find_data : callable
        The data set that a run uses: from the file that the user named, if any; the name of the
        data set, where the pipeline tells it; and what shows a warning.
    environment : str
        The environment that is meant where none is named.
    """

    root: Path
    connect: Callable[[str, str], Aws]
    place: Callable[[str], tuple[str, str]]
    synthesize: Callable[[str], Path]
    find_data: Callable[[Path | None, str | None, Callable[[str], None]], Dataset]
    environment: str
