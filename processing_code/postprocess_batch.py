"""Job `Postprocess` of batch inference: join predictions and ids, and report the run.

Reads below `input/`: `scored/` (the transform job's answers: row number, prediction and the ends
of its interval), `rows/` and `batch/` (from Preprocess), `check/` (the data-quality check's
results) and `baseline/statistics.json`. Writes below `output/`: `predictions/` (Parquet and CSV by
date, rows set aside, a file that marks the batch as scored) and `report/figures.json`. A
rehearsal, which tests a model, leaves all that beside the tables and marks nothing.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from abalone.delivery import ROW
from abalone.schema import ID
from tabular.batch import IDS_FILE, SET_ASIDE_FILE
from tabular.failure import JobError, exit_code_of
from tabular.files import write_whole
from tabular.paths import processing_input
from tabular.scored_batch import ScoredBatch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ANSWER = ("prediction", "lower", "upper")
_SCORED = {ROW: pl.Int64(), **dict.fromkeys(ANSWER, pl.Float32())}


def read_scored(folder: Path) -> pl.DataFrame:
    """Read the model's answers (CSV files without names) by ascending row."""
    files = sorted(path for path in folder.rglob("*.out") if path.is_file())
    if not files:
        raise JobError(f"the transform job left no *.out below {folder}")
    try:
        scored = pl.concat(
            [pl.read_csv(path, has_header=False, schema=_SCORED, glob=False) for path in files]
        )
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise JobError(f"the transform job's answers cannot be read: {reason}") from None
    return scored.sort(ROW)


def join_ids(scored: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Add its id to every answer, and refuse missing or repeated ones."""
    if not scored[ROW].equals(ids[ROW]):
        asked, answered = set(ids[ROW]), scored[ROW]
        lost = sorted(asked - set(answered))[:5]
        raise JobError(
            f"the model was asked for {ids.height} rows and answered {scored.height}: "
            + (f"rows {lost} are missing" if lost else "some twice, or some that nobody asked for")
        )
    joined = pl.concat([ids.select(ID), scored.select(ANSWER)], how="horizontal")
    if not joined.select(pl.all_horizontal(pl.col(ANSWER).is_finite()).all()).item():
        raise JobError("the model answered something that is not a number")
    return joined


def postprocess(arguments: Sequence[str]) -> None:
    """Run the job."""
    batch = ScoredBatch.of("postprocess_batch.py", __doc__, arguments)
    rows, output = processing_input("rows"), batch.output
    stamp = {
        "model_package": pl.lit(batch.model_package),
        "model_version": pl.lit(batch.model_version).cast(pl.Int32),
        "run_id": pl.lit(batch.run_id),
        "batch_id": pl.lit(batch.name),
        "scored_at": pl.lit(batch.when.replace(tzinfo=None)).cast(pl.Datetime("ms")),
    }
    scored = read_scored(processing_input("scored"))
    predictions = join_ids(scored, pl.read_parquet(rows / IDS_FILE)).with_columns(**stamp)
    aside = pl.read_parquet(rows / SET_ASIDE_FILE).with_columns(**stamp)
    for kind, table in (("scored", predictions), ("set_aside", aside)):
        file = output / kind / batch.day / f"{batch.name}.parquet"
        write_whole(file, partial(table.write_parquet, compression="zstd"))
    text = predictions.with_columns(pl.col("scored_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    write_whole(output / "csv" / batch.day / f"{batch.name}.csv", text.write_csv)
    batch.close(predictions.height, aside.height)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(postprocess, arguments)


if __name__ == "__main__":
    sys.exit(main())
