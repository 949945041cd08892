"""The scorer of many rows, shipped inside the artefact whose code it runs with.

python3 model/code/score.py --model model --input rows.parquet --output predictions.parquet
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from abalone.folds import FOLDER, Folds
from abalone.model import Model
from abalone.schema import FEATURES, ROW_ID, Columns
from abalone.tables import read_batches, write_columns
from tabular.arguments import Arguments
from tabular.failure import JobError

if TYPE_CHECKING:
    from collections.abc import Sequence


def score(model: Path, rows: Path, output: Path, *, unseen: bool = False) -> None:
    """Predict for every row, in order, to Parquet: int64 `row_id`, three float32 columns.

    Of rows that the model may have learned from, `unseen` writes only what a model of the
    cross-validation says that has not, `row_id` and `prediction`.
    """
    loaded = Model.load(model)
    folds = Folds.load(model / FOLDER) if unseen else None
    parts: list[Columns] = [
        {
            ROW_ID: batch[ROW_ID],
            **(
                {"prediction": folds.predict(batch, loaded.transformer).astype(np.float32)}
                if folds
                else loaded.answer(batch)
            ),
        }
        for batch in read_batches(rows, (ROW_ID, *FEATURES))
    ]
    if not parts:
        raise JobError(f"{rows} has no rows")
    write_columns(
        output, {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 with the reason on standard error, or 0."""
    parser = Arguments(prog="score.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--unseen", action="store_true", help="by the cross-validation's models")
    try:
        options = parser.parse_args(arguments)
        score(options.model, options.input, options.output, unseen=options.unseen)
    except JobError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
