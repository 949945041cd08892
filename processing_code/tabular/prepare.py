"""Job `Prepare`: check the rows by the schema, and split them.

Reads below `input/`: `data/` (CSV or Parquet) and `problem/schema.yaml`. Writes below `output/`:
`train/train.csv`, `test/test.csv`, `baseline/baseline.csv`, `report/data_report.json` and
`report/set_aside.csv`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pandas as pd

from tabular.arguments import Arguments, as_share
from tabular.failure import JobError, report_end
from tabular.files import digest_of, fingerprint, rounded, write_json
from tabular.paths import processing_input, processing_output
from tabular.problem import schema_of
from tabular.rows import clean, content_hashes, is_test, write_rows
from tabular.schema import CATEGORY, DATE
from tabular.table import find_files, read_table
from tabular.values import DETAIL, REASON, TEXT, convert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tabular.schema import Schema
    from tabular.table import Table
    from tabular.values import Values

REPORT_FILE = "data_report.json"


def run(arguments: Sequence[str]) -> None:
    """Run the job."""
    parser = Arguments(prog="prepare", description=__doc__, allow_abbrev=False)
    parser.add_argument("--test-share", type=float, default=0.2)
    parser.add_argument("--set-aside-limit", type=as_share, default=0.05)
    options = parser.parse_args(arguments)
    if not 0 < options.test_share < 1:
        raise JobError(f"--test-share {options.test_share:g}: it is a share, between 0 and 1")
    schema = schema_of(processing_input("problem"))
    folder = processing_input("data")
    files = find_files(folder)
    table = read_table(folder, files, schema)
    found = convert(table.texts, schema, [*schema.columns])
    aside = set_aside(table, found)
    report: dict[str, Any] = {
        "data": {
            "sha256": fingerprint(map(digest_of, files)),
            "version": os.environ.get("DATA_VERSION", ""),
            "files": [path.relative_to(folder).as_posix() for path in files],
            "notes": table.notes,
        },
        "rows": {"read": table.read, "set_aside": len(aside), "reasons": counts_of(aside)},
    }
    # Written before anything can fail: a person needs exactly this to fix the data.
    write_rows(processing_output("report") / "set_aside.csv", aside)
    write_json(processing_output("report") / REPORT_FILE, report)
    refuse_too_few(table, aside, options.set_aside_limit)
    rows = clean(table.texts.loc[found.good.index], schema, [*schema.columns])
    # Of the values: 1.50 and 1.5 are the same row, whoever wrote the file.
    hashes = content_hashes(found.good[schema.features])
    # In an order of their own, so that nothing depends on that of the files.
    rows = rows.assign(hash=hashes).sort_values(["hash", *schema.columns])
    chosen, rows = is_test(rows["hash"], options.test_share), rows.drop(columns="hash")
    parts = {"train": rows[~chosen], "test": rows[chosen]}
    for name, part in parts.items():
        if not len(part):
            raise JobError(f"{len(rows)} rows leave none for {name}: deliver more")
        write_rows(processing_output(name) / f"{name}.csv", part)
        report["rows"][name] = len(part)
    names = watched(schema)
    write_rows(processing_output("baseline") / "baseline.csv", parts["train"][names])
    report["columns"] = profile(found.good)
    write_json(processing_output("report") / REPORT_FILE, report)
    counts = ", ".join(f"{name} {len(part)}" for name, part in parts.items())
    summary = f"{table.read} rows in, {len(rows)} kept ({counts}), {len(aside)} set aside"
    report_end("; ".join([summary, *table.notes]))


def watched(schema: Schema) -> list[str]:
    """Name the features that later data are compared in; a date is always another one."""
    return [name for name in schema.features if schema.columns[name].kind != DATE]


def set_aside(table: Table, found: Values) -> pd.DataFrame:
    """Return the rows that are not used: number, reason, detail and text."""
    rows = {
        row: (*fault, table.raw.get(row) or ",".join(map(str, table.texts.loc[row])))
        for row, fault in sorted({**table.broken, **found.faults}.items())
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=[REASON, DETAIL, TEXT])
    return frame.rename_axis("row").reset_index()


def refuse_too_few(table: Table, aside: pd.DataFrame, limit: float) -> None:
    """Raise an error where nothing, or too little of the rows can be used."""
    share = len(aside) / table.read
    if len(aside) < table.read and share <= limit:
        return
    allowed = f", more than the limit of {limit:.2%}" if len(aside) < table.read else ""
    raise JobError(
        f"{len(aside)} of {table.read} rows ({share:.2%}) cannot be used{allowed}: "
        + "; ".join([*reasons_of(aside), *table.notes])
    )


def reasons_of(aside: pd.DataFrame) -> list[str]:
    """Say why rows are set aside, with the first row of each reason."""
    firsts = aside.drop_duplicates(REASON)
    counts = counts_of(aside)
    return [
        f"{counts[reason]} rows such as row {row}: {detail}"
        for row, reason, detail in zip(firsts["row"], firsts[REASON], firsts[DETAIL], strict=True)
    ]


def profile(values: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Describe columns for a person."""
    found: dict[str, dict[str, Any]] = {}
    for name, column in values.items():
        facts: dict[str, Any] = {"missing": int(column.isna().sum())}
        present = column.dropna()
        if pd.api.types.is_numeric_dtype(column):
            figures = {"least": present.min(), "mean": present.mean(), "most": present.max()}
            facts |= {key: rounded(float(each)) for key, each in figures.items() if len(present)}
        elif pd.api.types.is_datetime64_any_dtype(column):
            ends = {"first": present.min(), "last": present.max()}
            facts |= {key: str(each) for key, each in ends.items() if len(present)}
        else:
            counts = present.value_counts()
            facts |= {"kind": CATEGORY, "levels": len(counts), "most_frequent": dict(counts[:10])}
            facts["most_frequent"] = {str(k): int(v) for k, v in facts["most_frequent"].items()}
        found[str(name)] = facts
    return found


def counts_of(aside: pd.DataFrame) -> dict[str, int]:
    """Count the rows of each reason."""
    return {str(reason): int(n) for reason, n in aside[REASON].value_counts().sort_index().items()}
