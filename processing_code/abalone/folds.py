"""The models of the cross-validation: each answers for the rows that it has not learned from.

A row's fold follows from its measurements, so the fold models of two trainings can be compared on
rows that one or both have learned from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from abalone.split import FOLDS, fold_of
from tabular.failure import JobError
from tabular.files import write_whole

if TYPE_CHECKING:
    import xgboost as xgb

    from abalone.schema import Columns, FloatArray
    from abalone.transformer import Transformer

FOLDER: Final = "folds"


@dataclass(frozen=True)
class Folds:
    """A booster for each fold, in their order."""

    boosters: tuple[xgb.Booster, ...]

    @classmethod
    def fit(
        cls, matrix: xgb.DMatrix, columns: Columns, parameters: dict[str, Any], rounds: int
    ) -> Folds:
        """Train each on the rows of the other folds."""
        import xgboost as xgb

        fold = fold_of(columns)
        rest = [np.flatnonzero(fold != held_out) for held_out in range(FOLDS)]
        if not all(map(len, rest)):
            raise JobError(f"{len(fold)} rows are too few for a cross-validation: bring more")
        return cls(
            tuple(
                xgb.train(parameters, matrix.slice(rows), num_boost_round=rounds) for rows in rest
            )
        )

    def predict(self, columns: Columns, transformer: Transformer) -> FloatArray:
        """Predict every row with the booster that has not learned from its fold."""
        features, fold = transformer.transform(columns), fold_of(columns)
        predictions = np.zeros(len(fold))
        for number, booster in enumerate(self.boosters):
            own = np.flatnonzero(fold == number)
            predictions[own] = booster.inplace_predict(features[own])
        return predictions

    def save(self, folder: Path) -> None:
        """Write the boosters."""
        for number, booster in enumerate(self.boosters):
            content = bytes(booster.save_raw(raw_format="ubj"))
            write_whole(folder / f"{number}.ubj", partial(Path.write_bytes, data=content))

    @classmethod
    def load(cls, folder: Path) -> Folds:
        """Read what `save` wrote."""
        import xgboost as xgb

        try:
            contents = [(folder / f"{number}.ubj").read_bytes() for number in range(FOLDS)]
            return cls(tuple(xgb.Booster(model_file=bytearray(content)) for content in contents))
        except (OSError, xgb.core.XGBoostError):
            raise JobError(f"{folder} does not hold the models of a cross-validation") from None
