"""The transformation of raw columns to the model's matrix, learnt from the training split only.

The fitted transformer is plain JSON and travels with the model. Serving loads it; nothing that is
scored can ever change how it is scored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from abalone.features import RECIPES
from abalone.schema import MEASUREMENTS, SEX, SEXES, Columns
from tabular.failure import JobError
from tabular.files import write_json

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "abalone-transformer"
VERSION: Final = 1
FILE_NAME: Final = "transformer.json"


@dataclass(frozen=True)
class Transformer:
    """A fitted transformer.

    Parameters
    ----------
    levels : tuple of str
        The sexes met in training, each an indicator column. Another sex has zeros in all.
    bounds : dict of str to (float, float)
        Smallest and largest training value of each measurement. Values outside are moved to the
        bound before any feature is made: a model knows nothing beyond what it has seen, and
        ratios of wild values would be wilder still.
    features : tuple of str
        Names of the numeric features, see `abalone.features.RECIPES`.
    """

    levels: tuple[str, ...]
    bounds: dict[str, tuple[float, float]]
    features: tuple[str, ...]
    rows: int

    @classmethod
    def fit(cls, columns: Columns) -> Transformer:
        """Learn levels and bounds from the raw columns of the training split."""
        present = {str(sex) for sex in np.unique(columns[SEX])}
        return cls(
            levels=tuple(sex for sex in SEXES if sex in present),
            bounds={
                name: (float(columns[name].min()), float(columns[name].max()))
                for name in MEASUREMENTS
            },
            features=tuple(RECIPES),
            rows=len(columns[SEX]),
        )

    @property
    def feature_names(self) -> list[str]:
        """Names of the matrix's columns, in order."""
        return [f"{SEX}_{level}" for level in self.levels] + list(self.features)

    def transform(self, columns: Columns) -> npt.NDArray[np.float32]:
        """Make the model's matrix: one row a record, one column for each of `feature_names`."""
        sex = columns[SEX]
        inside = {
            name: np.clip(columns[name].astype(np.float64), low, high)
            for name, (low, high) in self.bounds.items()
        }
        matrix = np.empty((len(sex), len(self.levels) + len(self.features)), dtype=np.float32)
        for position, level in enumerate(self.levels):
            matrix[:, position] = sex == level
        for position, name in enumerate(self.features, start=len(self.levels)):
            matrix[:, position] = RECIPES[name](inside)
        return matrix

    def to_document(self) -> dict[str, Any]:
        """Return the content of the file."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "fitted_on_rows": self.rows,
            "levels": {SEX: list(self.levels)},
            "bounds": {name: list(bounds) for name, bounds in self.bounds.items()},
            "features": list(self.features),
        }

    def save(self, path: Path) -> None:
        """Write the transformer as JSON."""
        write_json(path, self.to_document())

    @classmethod
    def load(cls, path: Path) -> Transformer:
        """Read a fitted transformer."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise JobError(f"cannot read the fitted transformer {path}: {error}") from None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise JobError(f"{path} is not a fitted transformer")
        if document.get("version") != VERSION:
            raise JobError(
                f"{path} has version {document.get('version')}, this code reads {VERSION}: "
                "use the code that was shipped with it"
            )
        try:
            transformer = cls(
                levels=tuple(str(level) for level in document["levels"][SEX]),
                bounds={
                    name: (float(document["bounds"][name][0]), float(document["bounds"][name][1]))
                    for name in MEASUREMENTS
                },
                features=tuple(str(name) for name in document["features"]),
                rows=int(document["fitted_on_rows"]),
            )
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise JobError(f"{path} is incomplete: {error!r}") from None
        if unknown := [name for name in transformer.features if name not in RECIPES]:
            raise JobError(f"{path} names features that this code cannot make: {unknown}")
        return transformer
