"""One file of a delivered batch, in which every row is either good or has a fault.

A file is CSV (with a line of names, or the eight raw columns, or those and the rings) or Parquet.
Named columns may come in any order and may be more than the model needs. As in `abalone.reading`,
polars only suspects rows, `abalone.records` judges them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from abalone.failure import JobError
from abalone.reading import LINE, SURPLUS, SUSPECT, is_plausible, scan_lines
from abalone.records import RecordError, is_blank, parse_record, split_fields
from abalone.schema import COLUMNS, FEATURES, ID, MEASUREMENTS, SEX
from abalone.sources import Source, count_commas, find_lines, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MISSING_COLUMN: Final = "missing_column"
CSV_SUFFIXES: Final = (".csv", ".data")
PARQUET_SUFFIXES: Final = (".parquet",)


@dataclass(frozen=True)
class Part:
    """One file: its good rows, and the others with a fault (reason, detail, text) each.

    `good` has `line` (from 0) and the columns that came: measurements as Float64, others as text.
    `bad` has the same columns as the text that came.
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    faults: list[tuple[str, str, str]]


def find_files(folder: Path) -> list[Path]:
    """List the files of a batch, at any depth, in name order.

    Files without an ending count as Parquet, which is how Athena and Redshift name a query's
    result.
    """
    known = (*CSV_SUFFIXES, *PARQUET_SUFFIXES, "")
    paths = [
        path
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix())
        if path.is_file() and path.suffix.lower() in known and path.stat().st_size
    ]
    if not paths:
        raise JobError(
            f"no rows below {folder}: put *.csv or *.parquet under the input's S3 prefix"
        )
    return paths


def read_part(path: Path, name: str) -> Part:
    """Read one file of a batch: CSV by its ending, else Parquet."""
    if path.suffix.lower() in CSV_SUFFIXES:
        return _read_csv(path, name)
    return _read_parquet(path, name)


def _read_csv(path: Path, name: str) -> Part:
    with path.open("rb") as file:
        first = split_fields(file.readline().decode(errors="replace"))
    header = bool({*first} & {*COLUMNS, ID})
    columns = first if header else _positions(first, name)
    if len(columns) != len(set(columns)) or "" in columns:
        raise JobError(f"{name}: its first line names a column twice, or not at all")
    source = Source(path, name, has_header=header)
    schema = {column: pl.Float64() if column in MEASUREMENTS else pl.String() for column in columns}
    suspect = _suspicion(columns) | pl.col(SURPLUS).is_not_null()
    frame = (
        scan_lines(source, {**schema, SURPLUS: pl.String()})
        .with_columns(pl.col(LINE).cast(pl.Int64), suspect.alias(SUSPECT))
        .drop(SURPLUS)
        .collect(engine="streaming")
    )
    texts = read_lines(source, frame.filter(SUSPECT)[LINE].to_list())
    good = frame.filter(~pl.col(SUSPECT)).drop(SUSPECT)
    # Empty fields at a line's end go unseen above; see `abalone.reading`.
    wanted = len(columns) - 1
    if count_commas(source) != good.height * wanted + sum(
        text.count(",") for text in texts.values()
    ):
        texts = find_lines(source, lambda line: line.count(b",") != wanted) | texts
        good = good.filter(~pl.col(LINE).is_in(list(texts)))
    rows: dict[int, tuple[dict[str, str | None], str]] = {
        index: (dict(zip(columns, split_fields(text), strict=False)), text)
        for index, text in sorted(texts.items())
        if not is_blank(text)
    }
    widths = {index: len(split_fields(text)) for index, (_, text) in rows.items()}
    return _judge(good, rows, {index for index in widths if widths[index] != len(columns)})


def _read_parquet(path: Path, name: str) -> Part:
    try:
        frame = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise JobError(f"{name} is neither CSV nor readable Parquet: {reason}") from None
    if nested := [column for column, kind in frame.schema.items() if kind.is_nested()]:
        raise JobError(f"{name}: column {nested[0]} holds lists or structures, not values")
    frame = frame.with_row_index(LINE)
    typed = frame.with_columns(
        pl.col(LINE).cast(pl.Int64),
        *(
            pl.col(column).cast(pl.Float64 if column in MEASUREMENTS else pl.String, strict=False)
            for column in frame.columns
            if column != LINE
        ),
    )
    columns = [column for column in frame.columns if column != LINE]
    typed = typed.with_columns(_suspicion(columns).alias(SUSPECT))
    rows = {}
    # What came, as text, is needed of suspects only.
    suspects = frame.filter(typed[SUSPECT]).with_columns(pl.exclude(LINE).cast(pl.String))
    for row in suspects.iter_rows(named=True):
        index = int(row.pop(LINE))
        rows[index] = (row, ",".join("" if value is None else value for value in row.values()))
    return _judge(typed.filter(~pl.col(SUSPECT)).drop(SUSPECT), rows, set())


def _positions(first: Sequence[str], name: str) -> list[str]:
    known = {len(FEATURES): list(FEATURES), len(COLUMNS): list(COLUMNS)}
    if len(first) not in known:
        raise JobError(
            f"{name} has {len(first)} columns and no line that names them: send {len(FEATURES)} "
            f"columns ({', '.join(FEATURES)}), or name them"
        )
    return known[len(first)]


def _suspicion(columns: Sequence[str]) -> pl.Expr:
    """Select the rows that are not obviously good; all of them, where a column is missing."""
    if not {*FEATURES} <= {*columns}:
        return pl.lit(value=True)
    return is_plausible().fill_null(value=False).not_()


def _judge(
    good: pl.DataFrame, rows: dict[int, tuple[dict[str, str | None], str]], ragged: set[int]
) -> Part:
    """Judge every suspect; those that are good join the others."""
    columns = [column for column in good.columns if column != LINE]
    missing = [column for column in FEATURES if column not in columns]
    faults, bad, cleared = [], [], []
    for index, (values, text) in rows.items():
        row = [values.get(column) for column in columns]
        if missing:
            faults.append((MISSING_COLUMN, f"there is no column {', '.join(missing)}", text))
            bad.append((index, *row))
            continue
        if index in ragged:
            detail = f"its line does not have the {len(columns)} columns"
            faults.append(("wrong_column_count", detail, text))
            bad.append((index, *row))
            continue
        try:
            line = ",".join(values[column] or "" for column in FEATURES)
            sex, numbers = parse_record(line, FEATURES)
        except RecordError as error:
            faults.append((error.reason, str(error), text))
            bad.append((index, *row))
        else:
            known = {SEX: sex, **dict(zip(MEASUREMENTS, numbers, strict=True))}
            cleared.append((index, *(known.get(column, values[column]) for column in columns)))
    if cleared:
        extra = pl.DataFrame(cleared, schema=good.schema, orient="row")
        good = pl.concat([good, extra]).sort(LINE)
    texts = {LINE: pl.Int64(), **dict.fromkeys(columns, pl.String())}
    return Part(good, pl.DataFrame(bad, schema=texts, orient="row"), faults)
