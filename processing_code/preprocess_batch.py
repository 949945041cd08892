"""Job `Preprocess` of batch inference: number the rows, set bad ones aside, leave the rest as is.

Nothing is fitted here, and nothing scaled: the transformer is the one in the model's artefact, and
the model applies it. It is read to count the values outside the data it was fitted on.

Reads below `input/`: `data/` (CSV, Parquet, or a query's result), `model/model.tar.gz`, and
`batches/` (a file for each batch that was scored). Writes below `output/`: `records/` (CSV without
names: row number and raw columns), `delivered/` (CSV with names: all rows as they came, for the
data-quality check), `rows/` (Parquet: ids of the rows, rows set aside) and `report/batch.json`;
`quarantine/` has the files that are refused, if there is such an output.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from abalone.delivered_file import find_files
from abalone.delivery import (
    DETAIL,
    REASON,
    ROW,
    Delivery,
    read_delivery,
)
from abalone.schema import FEATURES, ID, SEX
from abalone.sources import notes_on
from abalone.transformer import FILE_NAME, Transformer
from abalone.unordered import in_one_order
from tabular.arguments import Arguments, as_share
from tabular.artefact import ARCHIVE, unpack
from tabular.batch import (
    BATCH_REPORT,
    DELIVERED,
    IDS_FILE,
    RECORDS,
    SET_ASIDE_FILE,
    batch_id,
    compact,
    marker_of,
)
from tabular.failure import JobError, exit_code_of, report_end
from tabular.files import digest_of, fingerprint, write_json, write_whole
from tabular.paths import processing_input, processing_output
from tabular.quarantine import quarantined

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS_PER_FILE = 1_000_000
"""Objects that instances of a transform job share out among them."""


def read_transformer(archive: Path) -> Transformer:
    """Read the fitted transformer of a model's artefact."""
    with tempfile.TemporaryDirectory(prefix="model-") as scratch:
        return Transformer.load(unpack("model", archive, Path(scratch)) / FILE_NAME)


def beyond_training(good: pl.DataFrame, transformer: Transformer) -> dict[str, int]:
    """Count the values that the transformer clips, and the sexes that training never met."""
    counts = {
        name: int(((good[name] < low) | (good[name] > high)).sum())
        for name, (low, high) in transformer.bounds.items()
        if name in good.columns
    }
    if SEX in good.columns:
        counts[SEX] = int((~good[SEX].is_in(list(transformer.levels))).sum())
    return counts


def write_records(good: pl.DataFrame) -> None:
    """Write the model's input, in files of a size that instances can share."""
    folder = processing_output(RECORDS)
    for number, start in enumerate(range(0, good.height, ROWS_PER_FILE)):
        part = good.slice(start, ROWS_PER_FILE).select(ROW, *FEATURES)
        file = folder / f"part-{number:05}.csv"
        write_whole(file, partial(part.write_csv, include_header=False))


def write_delivered(delivery: Delivery) -> None:
    """Write all rows for the data-quality check.

    Ids and rings are left out, since the model was not trained on them.
    """
    columns = [name for name in delivery.bad.columns if name not in {ROW, ID}]
    # A row is a line: the check's reader may not know of line ends in quotes.
    line_by_line = pl.col(pl.String).str.replace_all(r"[\r\n]+", " ")

    def write(path: Path) -> None:
        with path.open("wb") as file:
            delivery.good.select(columns).with_columns(line_by_line).write_csv(file)
            bad = delivery.bad.select(columns).with_columns(line_by_line)
            bad.write_csv(file, include_header=False)

    write_whole(processing_output(DELIVERED) / "delivered.csv", write)


def report_of(delivery: Delivery, batch: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    """Describe a batch; `publish` has the figures of one that is not scored again, in one text."""
    reasons = delivery.set_aside[REASON].value_counts().sort(REASON)
    return {
        "batch": batch,
        "rows": {
            "read": delivery.read,
            "good": delivery.good.height,
            "set_aside": delivery.set_aside.height,
            "reasons": dict(reasons.iter_rows()),
        },
        "missing_columns": list(delivery.missing),
        "beyond_training": counts,
        "publish": compact({"RowsIn": delivery.read, "RowsScored": 0, "RowsSetAside": 0}),
    }


def refuse_too_few(delivery: Delivery, limit: float) -> None:
    """Raise an error where nothing, or too little of a batch can be scored."""
    aside = delivery.set_aside
    share = aside.height / delivery.read
    if delivery.good.height and share <= limit:
        return
    reasons = [
        f"{row['count']} rows such as row {row[ROW]}: {row[DETAIL]}"
        for row in aside.group_by(REASON, maintain_order=True)
        .agg(pl.len().alias("count"), pl.col(ROW, DETAIL).first())
        .sort("count", descending=True, maintain_order=True)
        .iter_rows(named=True)
    ]
    allowed = f", more than --set-aside-limit allows ({limit:.2%})" if delivery.good.height else ""
    raise JobError(
        f"{aside.height} of {delivery.read} rows ({share:.2%}) cannot be scored{allowed}: "
        + "; ".join([*reasons, *delivery.notes])
    )


def preprocess(arguments: Sequence[str]) -> None:
    """Run the job."""
    parser = Arguments(prog="preprocess_batch.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--model-package", required=True)
    parser.add_argument("--score-again", choices=("yes", "no"), default="no")
    parser.add_argument("--unordered", action="store_true", help="the rows are a query's result")
    parser.add_argument("--set-aside-limit", type=as_share, default=0.25)
    options = parser.parse_args(arguments)
    transformer = read_transformer(processing_input("model") / ARCHIVE)
    folder = processing_input("data")
    with tempfile.TemporaryDirectory(prefix="rows-") as scratch:
        if options.unordered:
            folder, came = Path(scratch), in_one_order(folder, Path(scratch))
        else:
            came = {path: digest_of(path) for path in find_files(folder)}
        marks = {path: batch_id(digest, options.model_package) for path, digest in came.items()}
        before = processing_input("batches")
        marked = {path: marker_of(before, mark) for path, mark in marks.items()}
        # What came before lies there still, as long as its sender leaves it: it is scored already.
        again = options.score_again == "yes"
        new = [path for path, found in marked.items() if found is None or again]
        files = new or list(came)
        sha256 = fingerprint(came[path] for path in files)
        name = batch_id(sha256, options.model_package)
        read = partial(read_delivery, folder, name=sha256[:12])
        refusals = partial(quarantined, folder, files, read)
        with refusals():
            delivery = read(files)
        notes = [*delivery.notes, *notes_on(folder, came)]
    batch = {
        "id": name,
        "sha256": sha256,
        "files": [path.relative_to(folder).as_posix() for path in files],
        "marks": [marks[path] for path in files],
        "seen": int(not new),
        "before": next((found for found in marked.values() if found), {}),
    }
    rows = processing_output("rows")
    ids = delivery.good.select(ROW, ID)
    write_whole(rows / IDS_FILE, partial(ids.write_parquet, compression="zstd"))
    aside = delivery.set_aside
    write_whole(rows / SET_ASIDE_FILE, partial(aside.write_parquet, compression="zstd"))
    report = report_of(delivery, batch, beyond_training(delivery.good, transformer))
    write_json(processing_output("report") / BATCH_REPORT, {**report, "notes": notes})
    counts = report["rows"]
    for row in delivery.set_aside.head(5).iter_rows(named=True):
        print(f"set aside: row {row[ROW]}, id {row[ID]}: {row[DETAIL]}")
    if len(files) < len(came):
        print(f"{len(came) - len(files)} of {len(came)} files were scored before by the same model")
    if not new:
        print(f"this batch was scored before by the same model: {batch['before']}")
    else:
        with refusals():
            refuse_too_few(delivery, options.set_aside_limit)
    write_records(delivery.good)
    write_delivered(delivery)
    summary = (
        f"batch {name}: {counts['read']} rows in, {counts['good']} good, "
        f"{counts['set_aside']} set aside" + ("" if new else ", all of them scored before")
    )
    report_end("; ".join([summary, *notes]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(preprocess, arguments)


if __name__ == "__main__":
    sys.exit(main())
