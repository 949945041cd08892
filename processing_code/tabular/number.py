"""Job `Preprocess` of batch inference: number the rows, set bad ones aside, leave the rest as is.

Reads below `input/`: `data/` (CSV or Parquet), `model/model.tar.gz`, whose schema counts, and
`batches/` (a file for each batch that was scored). Writes below `output/`: `records/` (CSV without
names: row number and features), `delivered/` (CSV with names, for the data-quality check), `rows/`
(ids of the rows, rows set aside) and `report/batch.json`; `quarantine/` has the files that are
refused, if there is such an output.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tabular.arguments import Arguments, as_share
from tabular.artefact import ARCHIVE, unpack
from tabular.batch import BATCH_REPORT, DELIVERED, RECORDS, batch_id, compact, marker_of
from tabular.failure import report_end
from tabular.files import digest_of, fingerprint, write_json
from tabular.model import PROBLEM
from tabular.paths import processing_input, processing_output
from tabular.prepare import counts_of, refuse_too_few, set_aside, watched
from tabular.problem import schema_of
from tabular.quarantine import quarantined
from tabular.rows import clean, write_rows
from tabular.table import find_files, read_table
from tabular.values import Values, convert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tabular.schema import Schema
    from tabular.table import Table

ROW, ID = "row", "id"
IDS_FILE, SET_ASIDE_FILE = "ids.csv", "set_aside.csv"


def run(arguments: Sequence[str]) -> None:
    """Run the job."""
    parser = Arguments(prog="number", description=__doc__, allow_abbrev=False)
    parser.add_argument("--model-package", required=True)
    parser.add_argument("--score-again", choices=("yes", "no"), default="no")
    parser.add_argument("--set-aside-limit", type=as_share, default=0.25)
    options = parser.parse_args(arguments)
    schema = _schema_of(processing_input("model") / ARCHIVE)
    folder, before = processing_input("data"), processing_input("batches")
    came = {path: digest_of(path) for path in find_files(folder)}
    marks = {path: batch_id(digest, options.model_package) for path, digest in came.items()}
    marked = {path: marker_of(before, mark) for path, mark in marks.items()}
    # What came before lies there still, as long as its sender leaves it: it is scored already.
    again = options.score_again == "yes"
    new = [path for path, found in marked.items() if found is None or again]
    files = new or list(came)
    sha256 = fingerprint(came[path] for path in files)
    refusals = partial(quarantined, folder, files, lambda each: read_table(folder, each, schema))
    with refusals():
        table = read_table(folder, files, schema)
    ids = ids_of(table, schema, sha256[:12])
    found = convert(table.texts, schema, schema.features)
    found = Values(found.good, doubtful_ids(table, schema) | found.faults)
    good = found.good.index.difference(list(found.faults))
    aside = set_aside(table, found)
    aside.insert(1, ID, ids.reindex(aside[ROW]).to_numpy())
    batch = {
        "id": batch_id(sha256, options.model_package),
        "sha256": sha256,
        "files": [path.relative_to(folder).as_posix() for path in files],
        "marks": [marks[path] for path in files],
        "seen": int(not new),
        "before": next((each for each in marked.values() if each), {}),
    }
    report: dict[str, Any] = {
        "batch": batch,
        "rows": {
            "read": table.read,
            "good": len(good),
            "set_aside": len(aside),
            "reasons": counts_of(aside),
        },
        "notes": table.notes,
        "publish": compact({"RowsIn": table.read, "RowsScored": 0, "RowsSetAside": 0}),
    }
    rows = processing_output("rows")
    write_rows(rows / IDS_FILE, pd.DataFrame({ROW: good, ID: ids.loc[good].to_numpy()}))
    write_rows(rows / SET_ASIDE_FILE, aside)
    write_json(processing_output("report") / BATCH_REPORT, report)
    if new:
        with refusals():
            refuse_too_few(table, aside, options.set_aside_limit)
    texts = clean(table.texts, schema, [each for each in schema.features if each in table.texts])
    records = texts.loc[good].rename_axis(ROW).reset_index()
    write_rows(processing_output(RECORDS) / "records.csv", records, names=False)
    shown = [name for name in watched(schema) if name in texts]
    write_rows(processing_output(DELIVERED) / "delivered.csv", texts[shown])
    repeated = "" if new else ", all of them scored before"
    summary = f"{table.read} rows in, {len(good)} good, {len(aside)} set aside{repeated}"
    report_end("; ".join([f"batch {batch['id']}: {summary}", *table.notes]))


def _schema_of(archive: Path) -> Schema:
    with tempfile.TemporaryDirectory(prefix="model-") as scratch:
        return schema_of(unpack("model", archive, Path(scratch)) / PROBLEM)


def ids_of(table: Table, schema: Schema, name: str) -> pd.Series:
    """Return the rows' ids by number: those that came, or the batch's name and the number."""
    numbers = pd.Index(sorted([*table.texts.index, *table.broken]))
    made = pd.Series([f"{name}-{number}" for number in numbers], index=numbers, dtype=object)
    if schema.id and schema.id in table.texts:
        sent = table.texts[schema.id]
        made.update(sent[sent.str.strip() != ""])
    return made


def doubtful_ids(table: Table, schema: Schema) -> dict[int, tuple[str, str]]:
    """Find rows without an id where others have one, and all but the first of an id."""
    if not schema.id or schema.id not in table.texts:
        return {}
    sent = table.texts[schema.id]
    empty = sent.str.strip() == ""
    again = sent.duplicated() & ~empty
    faults = dict.fromkeys(sent.index[empty], ("missing_id", "the row's id is empty"))
    why = ("duplicate_id", "a row before it has the same id")
    return faults | dict.fromkeys(sent.index[again], why)
