"""Job `Postprocess` of batch inference: join predictions and ids, and report the run.

Reads below `input/`: `scored/` (the transform job's answers: row number and answer), `rows/` and
`batch/` (from Preprocess), `check/` (the data-quality check's results), `baseline/statistics.json`
and `problem/`. Writes below `output/`: `predictions/` (Parquet and CSV by date, rows set aside, a
file that marks the batch as scored) and `report/figures.json`. A rehearsal, which tests a model,
leaves all that beside the tables and marks nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from tabular.failure import JobError
from tabular.files import write_whole
from tabular.number import ID, IDS_FILE, ROW, SET_ASIDE_FILE
from tabular.paths import processing_input
from tabular.problem import schema_of
from tabular.rows import read_texts, write_rows
from tabular.scored_batch import ScoredBatch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tabular.schema import Schema


def run(arguments: Sequence[str]) -> None:
    """Run the job."""
    batch = ScoredBatch.of("collect", __doc__, arguments)
    schema = schema_of(processing_input("problem"))
    rows, output = processing_input("rows"), batch.output
    stamp: dict[str, Any] = {
        "model_package": batch.model_package,
        "model_version": batch.model_version,
        "run_id": batch.run_id,
        "batch_id": batch.name,
        "scored_at": batch.when.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    answers = read_answers(processing_input("scored"), schema)
    predictions = join_ids(answers, read_texts(rows / IDS_FILE)).assign(**stamp)
    aside = read_texts(rows / SET_ASIDE_FILE).assign(**stamp)
    for kind, table in (("scored", predictions), ("set_aside", aside)):
        _write_parquet(output / kind / batch.day / f"{batch.name}.parquet", table)
    write_rows(output / "csv" / batch.day / f"{batch.name}.csv", predictions)
    batch.close(len(predictions), len(aside))


def read_answers(folder: Path, schema: Schema) -> pd.DataFrame:
    """Read the model's answers (CSV files without names) by ascending row."""
    files = sorted(path for path in folder.rglob("*.out") if path.is_file())
    if not files:
        raise JobError(f"the transform job left no *.out below {folder}")
    kinds = dict.fromkeys(schema.answers, "float64") | {ROW: "int64"}
    if schema.classifies:
        kinds["prediction"] = "str"
    names = [ROW, *schema.answers]
    try:
        parts = [
            pd.read_csv(path, header=None, names=names, dtype=kinds, keep_default_na=False)
            for path in files
        ]
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise JobError(f"the transform job's answers cannot be read: {reason}") from None
    return pd.concat(parts).sort_values(ROW, ignore_index=True)


def join_ids(answers: pd.DataFrame, ids: pd.DataFrame) -> pd.DataFrame:
    """Put its id in the place of every answer's number; refuse missing or repeated answers."""
    asked = ids[ROW].astype("int64")
    if answers[ROW].tolist() != asked.tolist():
        lost = sorted({*asked} - {*answers[ROW]})[:5]
        raise JobError(
            f"the model was asked for {len(ids)} rows and answered {len(answers)}: "
            + (f"rows {lost} are missing" if lost else "some twice, or some that nobody asked for")
        )
    return answers.drop(columns=ROW).assign(**{ID: ids[ID].to_numpy()})[
        [ID, *answers.columns.drop(ROW)]
    ]


def _write_parquet(path: Path, table: pd.DataFrame) -> None:
    write_whole(path, lambda beside: table.to_parquet(beside, index=False, compression="zstd"))
