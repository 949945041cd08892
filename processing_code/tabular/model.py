"""A trained model: what encodes rows, the estimator, and the offsets of its intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from tabular.failure import JobError
from tabular.packages import use
from tabular.problem import part_of, schema_of
from tabular.schema import BINARY, REGRESSION

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tabular.encoder import Encoder
    from tabular.schema import Schema

FILE_NAME: Final = "model.joblib"
PROBLEM: Final = "problem"
"""The folder of the problem inside the artefact."""
LEVEL: Final = 0.9
_HALF: Final = 0.5


@dataclass(frozen=True)
class Model:
    """A model of one problem.

    `offsets` lead from a regression's prediction to the ends of an interval that holds the truth
    in `LEVEL` of cases; they are 0 of other problems.
    """

    encoder: Encoder
    estimator: Any
    offsets: tuple[float, float] = (0.0, 0.0)

    def save(self, folder: Path) -> None:
        """Write the model; the problem lies beside it."""
        import joblib  # type: ignore[import-untyped]

        joblib.dump((self.encoder, self.estimator, self.offsets), folder / FILE_NAME, compress=3)


class Scorer:
    """A model of an artefact, with the problem that it was trained for."""

    def __init__(self, folder: Path) -> None:
        import joblib

        use(folder)
        self.folder = folder / PROBLEM
        self.schema = schema_of(self.folder)
        part_of(self.folder, "estimator")  # its class may be in the problem's own file
        try:
            self.model = Model(*joblib.load(folder / FILE_NAME))
        except FileNotFoundError:
            raise JobError(
                f"{folder} holds no {FILE_NAME}: it is no artefact of our training"
            ) from None

    def answer(self, values: pd.DataFrame) -> pd.DataFrame:
        """Return the columns `schema.answers` of each row."""
        return self.detail(values)[list(self.schema.answers)]

    def detail(self, values: pd.DataFrame) -> pd.DataFrame:
        """Return the answers, and of a classifier the probability of each class."""
        frame = featured(values[self.schema.features], self.folder)
        raw = predict(self.model.estimator, self.schema, self.model.encoder.matrix(frame))
        return pd.DataFrame(self._columns(raw), index=values.index)

    def _columns(self, raw: npt.NDArray[np.float64]) -> dict[str, Any]:
        if not self.schema.classifies:
            low, high = self.model.offsets
            ends = {"lower": raw + low, "upper": raw + high}
            return {"prediction": raw, **(ends if self.schema.problem == REGRESSION else {})}
        classes = self.schema.classes
        if self.schema.problem == BINARY:
            best = (raw[:, 1] >= _HALF).astype(int)
            shown = raw[:, 1]
        else:
            best = raw.argmax(axis=1)
            shown = raw.max(axis=1)
        said = np.array(classes, dtype=object)[best]
        of_each = {class_column(name): raw[:, at] for at, name in enumerate(classes)}
        return {"prediction": said, "probability": shown, **of_each}


def class_column(name: str) -> str:
    """Name the column with the probability of a class."""
    return f"probability of {name}"


def featured(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Add the problem's own features, where it has some."""
    add = part_of(folder, "features")
    if add is None:
        return frame
    found = add(frame.copy())
    if not isinstance(found, pd.DataFrame) or not found.index.equals(frame.index):
        raise JobError("parts.py: features(frame) has to return a frame of the same rows")
    return found


def predict(
    estimator: Any, schema: Schema, matrix: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Predict numbers, or the probabilities of all classes."""
    ask = estimator.predict_proba if schema.classifies else estimator.predict
    return np.asarray(ask(matrix), dtype=np.float64)
