"""The predictions of a model's artefact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abalone.schema import ROW_ID, FloatArray
from abalone.tables import read_columns
from tabular.artefact import answer
from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

PREDICTION = "prediction"


def score(
    whose: str, folder: Path, rows: Path, output: Path, *, unseen: bool = False
) -> FloatArray:
    """Let an artefact predict, and check that it answered every row.

    `unseen` asks the models of its cross-validation that have not learned from the rows.
    """
    answer(whose, folder, rows, output, unseen=unseen)
    scored = read_columns(output, (ROW_ID, PREDICTION))
    expected = read_columns(rows, (ROW_ID,))
    if not np.array_equal(scored[ROW_ID], expected[ROW_ID]):
        raise JobError(f"the {whose} did not answer every row of {rows.name} once, in order")
    if not np.all(np.isfinite(scored[PREDICTION])):
        raise JobError(f"the {whose} predicted something that is not a number")
    predictions: FloatArray = scored[PREDICTION].astype(np.float64)
    return predictions
