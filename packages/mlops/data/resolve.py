"""Choice of a run's dataset."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlops.data.fetch import fetch as fetch_from_uci
from mlops_common.errors import MlopsError
from pipeline_local.runs.dataset import Dataset, describe, sidecar_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ABALONE: Final = "abalone"
VARIABLE: Final = "ABALONE_CSV"
FILE_NAME: Final = f"{ABALONE}.csv"
STAND_IN_NAME: Final = "abalone-synthetic.csv"


def resolve(
    given: Path | None = None,
    *,
    name: str | None = None,
    folder: Path = Path("dataset"),
    environment: Mapping[str, str] | None = None,
    fetch: Callable[[Path], Dataset] = fetch_from_uci,
    warn: Callable[[str], None],
) -> Dataset:
    """Find a dataset: `given`, else for abalone, without a name, too, `ABALONE_CSV` and so on."""
    variables = os.environ if environment is None else environment
    if given is not None:
        return _named(given, "--data")
    if name not in {None, ABALONE}:
        own = folder / f"{name}.csv"
        if own.is_file():
            return describe(own, f"{own}")
        raise MlopsError(
            f"the pipeline reads the data set {name!r}: name its file with --data, or put it at "
            f"{own}"
        )
    if named := variables.get(VARIABLE):
        return _named(Path(named), VARIABLE)
    kept = folder / FILE_NAME
    if kept.is_file():
        return describe(kept, f"{kept}")
    try:
        return fetch(kept)
    except MlopsError as error:
        stand_in = stand_in_at(folder)
        warn(
            f"{error}. Continuing with SYNTHETIC data, {stand_in.path}: for trying the platform, "
            "not for conclusions about abalone"
        )
        return stand_in


def _named(path: Path, by: str) -> Dataset:
    if not path.exists():
        raise MlopsError(
            f"{by} names {path}, which does not exist; give a file or a folder of them"
        )
    return describe(path, f"{path}, named by {by}")


def stand_in_at(folder: Path) -> Dataset:
    """Return the synthetic dataset; generate it if missing."""
    path = folder / STAND_IN_NAME
    if path.is_file() and sidecar_of(path).is_file():
        found = describe(path, "a synthetic stand-in")
        if found.synthetic:
            return found
    from mlops.data.generate import generate

    return generate(path)
