"""Job `JoinTruth` of model quality: true values, beside a model's predictions.

Reads below `input/`: `data/` (CSV with names or Parquet: `id` and `rings`) and `predictions/`
(Parquet of batch inference). Writes below `output/`: `pairs/pairs.csv` (`prediction`, `rings`) and
`report/truth.json`.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from abalone.csv_rows import read_texts
from abalone.delivered_file import CSV_SUFFIXES, find_files, read_parquet
from abalone.names import VOCABULARY
from abalone.schema import ID, MOST_RINGS, TARGET
from tabular.arguments import Arguments
from tabular.batch import compact
from tabular.csv_form import find_form
from tabular.failure import JobError, exit_code_of
from tabular.files import rounded, write_json, write_whole
from tabular.paths import processing_input, processing_output
from tabular.quarantine import quarantined

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PAIRS_FILE, TRUTH_REPORT = "pairs.csv", "truth.json"
PREDICTION = "prediction"


def read_truth(folder: Path, files: Sequence[Path]) -> pl.DataFrame:
    """Read `id` (text) and `rings` (Float64, null if impossible); the last of an id counts."""
    frames, odd = [], list[str]()
    for path in files:
        name = path.relative_to(folder).as_posix()
        frame = _read_table(path, name)
        if lacking := [name for name in (ID, TARGET) if name not in frame.columns]:
            raise JobError(
                f"{name} lacks the column {' and '.join(lacking)}: true values are matched "
                f"by id, in lines such as id,rings; it has {', '.join(frame.columns) or 'no names'}"
            )
        rings = pl.col(TARGET).cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
        known = pl.when(rings.is_between(1, MOST_RINGS)).then(rings)
        read = frame.select(pl.col(ID).cast(pl.String), known.alias(TARGET))
        odd += [
            f"{name}: {TARGET} {str(value)[:20]!r} of id {str(row)[:40]!r}"
            for row, value in frame.filter(read[TARGET].is_null()).select(ID, TARGET).head(1).rows()
        ]
        frames.append(read)
    found = pl.concat(frames).unique(ID, keep="last", maintain_order=True)
    if found.height and found[TARGET].is_null().all():
        raise JobError(
            f"none of {found.height} true values is a number from 1 to {MOST_RINGS}, written with "
            f"a decimal point; such as {odd[0]}"
        )
    return found


def _read_table(path: Path, name: str) -> pl.DataFrame:
    if path.suffix.lower() not in CSV_SUFFIXES:
        return read_parquet(path, name)
    form = find_form(path, name, VOCABULARY)
    if form.note:
        print(form.note)
    return read_texts(form) if form.columns else pl.DataFrame()


def read_predictions(folder: Path) -> pl.LazyFrame:
    """Scan the predictions of batch inference."""
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        raise JobError(f"no predictions below {folder}: run batch-inference before")
    return pl.scan_parquet(files, hive_partitioning=False)


def latest_of(predictions: pl.LazyFrame, model_package: str) -> pl.DataFrame:
    """Return the latest prediction of each id by one model version."""
    return (
        predictions.filter(pl.col("model_package") == model_package)
        .sort("scored_at", maintain_order=True)
        .unique(ID, keep="last", maintain_order=True)
        .select(ID, PREDICTION)
        .collect()
    )


def join_truth(arguments: Sequence[str]) -> None:
    """Run the job."""
    parser = Arguments(prog="join_truth.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--model-package", required=True)
    options = parser.parse_args(arguments)
    folder = processing_input("data")
    files, read = find_files(folder), partial(read_truth, folder)
    with quarantined(folder, files, read):
        truth = read(files)
    predictions = read_predictions(processing_input("predictions"))
    said = latest_of(predictions, options.model_package)
    usable = truth.drop_nulls()
    pairs = said.join(usable, on=ID, how="inner", maintain_order="left")
    if not pairs.height and not _are_known(usable, predictions):
        raise JobError(
            f"none of {truth.height} ids with a truth was ever scored, by any model: are they the "
            "ids of the batches?"
        )
    table = pairs.select(PREDICTION, TARGET)
    write_whole(processing_output("pairs") / PAIRS_FILE, partial(table.write_csv))
    report = {
        "model_package_arn": options.model_package,
        "truths": truth.height,
        "unusable_truths": truth.height - usable.height,
        "predictions": said.height,
        "pairs": pairs.height,
        "squared_error_deviation": _spread(pairs),
        # What is published where there is nothing to measure.
        "publish": compact({"RowsIn": truth.height, "RowsScored": 0, "RowsSetAside": 0}),
    }
    write_json(processing_output("report") / TRUTH_REPORT, report)
    print(f"{pairs.height} of {truth.height} truths belong to a prediction of this model")


def _spread(pairs: pl.DataFrame) -> float:
    """Return the standard deviation of the squared errors; 0 where one pair has none."""
    errors = (pairs[PREDICTION].cast(pl.Float64) - pairs[TARGET]) ** 2
    return rounded(float(errors.to_numpy().std(ddof=1))) if pairs.height > 1 else 0.0


def _are_known(usable: pl.DataFrame, predictions: pl.LazyFrame) -> bool:
    """Return whether any model has scored any of these ids."""
    ids = usable.lazy().select(ID)
    return bool(predictions.select(ID).join(ids, on=ID, how="semi").head(1).collect().height)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(join_truth, arguments)


if __name__ == "__main__":
    sys.exit(main())
