"""Job `Postprocess` of batch inference: join predictions and ids, and report the run.

Reads below `input/`: `scored/` (the transform job's answers: row number and answer), `rows/` and
`batch/` (from Preprocess), `check/` (the data-quality check's results), `baseline/statistics.json`
and `problem/`. Writes below `output/`: `predictions/` (Parquet and CSV by date, rows set aside, a
file that marks the batch as scored) and `report/figures.json`. A rehearsal, which tests a model,
leaves all that beside the tables and marks nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from tabular.arguments import Arguments
from tabular.batch import BATCH_REPORT, FIGURES_FILE, REHEARSALS, compact, moment
from tabular.drift import distances, read_statistics
from tabular.failure import JobError, report_end
from tabular.figures import figures_of, read_violations
from tabular.files import write_json, write_whole
from tabular.number import ID, IDS_FILE, ROW, SET_ASIDE_FILE
from tabular.paths import processing_input, processing_output
from tabular.problem import schema_of
from tabular.rows import read_texts, write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tabular.schema import Schema


def run(arguments: Sequence[str]) -> None:
    """Run the job."""
    parser = Arguments(prog="collect", description=__doc__, allow_abbrev=False)
    for name in ("--model-package", "--model-version", "--run-id", "--time"):
        parser.add_argument(name, required=True)
    parser.add_argument("--rehearsal", choices=("yes", "no"), default="no")
    options = parser.parse_args(arguments)
    schema = schema_of(processing_input("problem"))
    when = moment(options.time)
    batch = json.loads((processing_input("batch") / BATCH_REPORT).read_text(encoding="utf-8"))
    name, rows = batch["batch"]["id"], processing_input("rows")
    stamp = {
        "model_package": options.model_package,
        "model_version": int(options.model_version),
        "run_id": options.run_id,
        "batch_id": name,
        "scored_at": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    answers = read_answers(processing_input("scored"), schema)
    predictions = join_ids(answers, read_texts(rows / IDS_FILE)).assign(**stamp)
    aside = read_texts(rows / SET_ASIDE_FILE).assign(**stamp)
    output = processing_output("predictions")
    if options.rehearsal == "yes":
        output /= REHEARSALS
    day = f"date={when:%Y-%m-%d}"
    for kind, table in (("scored", predictions), ("set_aside", aside)):
        _write_parquet(output / kind / day / f"{name}.parquet", table)
    write_rows(output / "csv" / day / f"{name}.csv", predictions)
    violations = read_violations(processing_input("check"))
    drift = distances(
        read_statistics(processing_input("baseline") / "statistics.json"),
        read_statistics(processing_input("check") / "statistics.json"),
    )
    figures = figures_of(batch["rows"], violations, drift)
    summary: dict[str, Any] = {
        "batch": name,
        "date": f"{when:%Y-%m-%d}",
        "model_package_arn": options.model_package,
        "model_version": int(options.model_version),
        "rows_in": figures["RowsIn"],
        "rows_scored": figures["RowsScored"],
        "rows_set_aside": figures["RowsSetAside"],
        "run_id": options.run_id,
        "violations": figures["Violations"],
    }
    texts = {"publish": compact(figures), "announce": compact(summary)}
    report = {**summary, "figures": figures, **texts}
    write_json(processing_output("report") / FIGURES_FILE, report)
    if options.rehearsal == "no":
        # Last: a batch's files are marked as scored when everything else is there.
        for mark in batch["batch"]["marks"]:
            marker = {**summary, "scored_at": when.isoformat()}
            write_json(output / "batches" / f"{mark}.json", marker)
    for kind, feature in violations:
        print(f"violation: {feature}: {kind}")
    report_end(
        f"batch {name}: {figures['RowsIn']} rows in, {len(predictions)} scored, "
        f"{len(aside)} set aside, {len(violations)} violations"
    )


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
