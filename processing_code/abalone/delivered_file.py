"""One file of rows, of which each is either good or has a fault.

A file is CSV (with a line of names, or the needed columns in their order) or Parquet. Named columns
may come in any order, case and punctuation, and may be more than are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from abalone.csv_rows import read_rows
from abalone.names import VOCABULARY, name_columns, recognised
from abalone.records import RecordError
from abalone.schema import COLUMNS, FEATURES, ID
from abalone.suspects import LINE, SUSPECT, Rows, Suspect, suspicion, types_of
from tabular.csv_form import Form, find_form
from tabular.failure import JobError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CSV_SUFFIXES: Final = (".csv", ".data", ".tsv")
PARQUET_SUFFIXES: Final = (".parquet",)


@dataclass(frozen=True)
class Part:
    """One file: its good rows, and the others with a fault (reason, detail, text) each.

    `good` has `line` (from 0) and the columns that came: the needed numbers as Float64, others as
    text. `bad` has the same columns as the text that came. `skip` lines are before the first row,
    and `note` says what is unusual about the file.
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    faults: list[tuple[str, str, str]]
    skip: int = 0
    note: str = ""


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


def read_part(path: Path, name: str, needed: Sequence[str] = FEATURES) -> Part:
    """Read one file: CSV by its ending, else Parquet."""
    if path.suffix.lower() not in CSV_SUFFIXES:
        return _judge_frame(read_parquet(path, name), needed)
    form = find_form(path, name, VOCABULARY)
    columns = form.columns or _positions(form, needed)
    rows = read_rows(form, columns, needed)
    for suspect in rows.suspects.values():
        _refuse_names_again(suspect, columns, name)
    return _judge(rows, needed, form.skip, form.note)


def _positions(form: Form, needed: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a file without names; a batch may have the rings, too."""
    for columns in (tuple(needed), COLUMNS):
        if len(columns) == len(form.first):
            return columns
    raise JobError(
        f"{form.name} has {len(form.first)} columns and no line that names them: send "
        f"{len(needed)} columns ({', '.join(needed)}), or name them"
    )


def _refuse_names_again(suspect: Suspect, columns: Sequence[str], name: str) -> None:
    """Refuse a file whose columns change their order on the way."""
    fields = [value or "" for value in suspect.values.values()]
    named = recognised(fields)
    if len(named) > 1 and name_columns(fields) != tuple(each for each in columns if each):
        raise JobError(
            f"{name}: a line within it names the columns, {suspect.text[:200]}, in another order "
            "than the rows before it: put that line first, or split the file"
        )


def read_parquet(path: Path, name: str) -> pl.DataFrame:
    """Read a Parquet file of plain values, with our names where they are recognised."""
    try:
        frame = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise JobError(f"{name} is neither CSV nor readable Parquet: {reason}") from None
    columns = name_columns(frame.columns)
    if len(columns) != len({*columns}):
        raise JobError(f"{name} names a column twice: {', '.join(frame.columns)}")
    frame.columns = list(columns)
    if nested := [column for column, kind in frame.schema.items() if kind.is_nested()]:
        raise JobError(f"{name}: column {nested[0]} holds lists or structures, not values")
    if ID in columns and frame.schema[ID].is_float():
        raise JobError(
            f"{name}: column {ID} holds floating-point numbers, which lose digits of long ids: "
            "write ids as text or integers"
        )
    return frame


def _judge_frame(frame: pl.DataFrame, needed: Sequence[str]) -> Part:
    columns = frame.columns
    typed = (
        frame.cast(types_of(columns, needed), strict=False)
        .with_columns(suspicion(columns, needed).alias(SUSPECT))
        .with_row_index(LINE)
        .cast({LINE: pl.Int64()})
    )
    suspects = {}
    # What came, as text, is needed of suspects only.
    for index, row in zip(
        typed.filter(SUSPECT)[LINE],
        frame.filter(typed[SUSPECT]).cast(pl.String).iter_rows(named=True),
        strict=True,
    ):
        text = ",".join("" if value is None else value for value in row.values())
        suspects[int(index)] = Suspect(row, text)
    return _judge(Rows(typed.filter(~pl.col(SUSPECT)).drop(SUSPECT), suspects), needed)


def _judge(rows: Rows, needed: Sequence[str], skip: int = 0, note: str = "") -> Part:
    """Judge every suspect; those that are good join the others."""
    good = rows.good
    columns = [column for column in good.columns if column != LINE]
    faults, bad, cleared = [], [], []
    for index, suspect in rows.suspects.items():
        match suspect.judge(needed):
            case RecordError() as error:
                faults.append((index, error.reason, str(error), suspect.text))
                bad.append((index, *(suspect.values.get(column) for column in columns)))
            case known:
                values = (known.get(column, suspect.values[column]) for column in columns)
                cleared.append((index, *values))
    if cleared:
        extra = pl.DataFrame(cleared, schema=good.schema, orient="row")
        good = pl.concat([good, extra]).sort(LINE)
    texts = {LINE: pl.Int64(), **dict.fromkeys(columns, pl.String())}
    spoilt = pl.DataFrame(bad, schema=texts, orient="row").sort(LINE)
    said = [(reason, detail, text) for _, reason, detail, text in sorted(faults)]
    return Part(good, spoilt, said, skip, note)
