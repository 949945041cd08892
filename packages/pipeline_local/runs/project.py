"""The environment of runs: a folder, and functions that resolve names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloud_assembly.rebinding import JobCode
    from pipeline_local.aws import Aws
    from pipeline_local.runs.dataset import Dataset


@dataclass(frozen=True)
class Synthesized:
    """A cloud assembly, and how it came about."""

    folder: Path
    codes: tuple[JobCode, ...] = ()  # read from where they are now
    note: str = ""


@dataclass(frozen=True)
class Project:
    """A folder with runs, and the functions that resolve names in requests."""

    root: Path
    connect: Callable[[str, str], Aws]  # by region and account
    place: Callable[[str], tuple[str, str]]  # account and region of an environment
    # The cloud assembly of an environment; the function shows progress.
    synthesize: Callable[[str, Callable[[str], None]], Synthesized]
    # From the user's file, the name of the pipeline's data set, and a function that shows warnings.
    find_data: Callable[[Path | None, str | None, Callable[[str], None]], Dataset]
    environment: str  # the default
