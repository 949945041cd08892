"""Read a delivered batch: every row gets a number and an id, and is either good or set aside.

A batch is CSV (with a line of names, or the eight raw columns, or those and the rings) or Parquet.
Named columns may come in any order and may be more than the model needs; `id` names the rows for
whoever sent them, `rings` is not looked at. As in `abalone.reading`, polars only suspects rows,
`abalone.records` judges them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from abalone.failure import JobError
from abalone.records import RecordError, is_blank, parse_record, split_fields
from abalone.schema import COLUMNS, FEATURES, MEASUREMENTS, SEX, SEXES, TARGET
from abalone.sources import Source, count_commas, find_lines, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROW: Final = "row"
ID: Final = "id"
# Where rows are put aside, and what is said of them.
REASON, DETAIL, TEXT = "reason", "detail", "text"
MISSING_COLUMN: Final = "missing_column"
MISSING_ID: Final = "missing_id"
DUPLICATE_ID: Final = "duplicate_id"
REASONS: Final = {
    MISSING_COLUMN: "the batch lacks a column that the model needs",
    MISSING_ID: "the row's id is empty",
    DUPLICATE_ID: "a row before it has the same id",
}
CSV_SUFFIXES: Final = (".csv", ".data")
PARQUET_SUFFIXES: Final = (".parquet",)
_INDEX = "line"
_SUSPECT = "suspect"
_SURPLUS = "surplus"
_SET_ASIDE = pl.Schema({ROW: pl.Int64(), **dict.fromkeys((ID, REASON, DETAIL, TEXT), pl.String())})


@dataclass(frozen=True)
class Delivery:
    """The rows of a batch.

    Parameters
    ----------
    good : polars.DataFrame
        By ascending `row` (from 1, over all files in name order): `row`, `id`, the raw columns
        (`sex` as text, the measurements as Float64), and columns that nobody asked for as text.
    set_aside : polars.DataFrame
        The others: `row`, `id`, `reason`, `detail`, and the row's `text`.
    bad : polars.DataFrame
        The raw and unasked columns of the rows set aside, as the text that came.
    missing : tuple of str
        Columns that the model needs and no file has.
    """

    good: pl.DataFrame
    set_aside: pl.DataFrame
    bad: pl.DataFrame
    missing: tuple[str, ...]

    @property
    def read(self) -> int:
        """Number of rows, good or not."""
        return self.good.height + self.set_aside.height


@dataclass(frozen=True)
class _Part:
    """One file: its good rows, and the others as text by column."""

    good: pl.DataFrame
    bad: pl.DataFrame
    faults: list[tuple[str, str, str]]


def find_files(folder: Path) -> list[Path]:
    """List the files of a batch, in name order.

    Parameters
    ----------
    folder : Path
        The input folder.

    Returns
    -------
    list of Path
        Every CSV and Parquet file at any depth; files without an ending count as Parquet, which
        is how Athena and Redshift name what a query gives.

    Raises
    ------
    JobError
        If there is none.
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


def read_delivery(folder: Path, name: str) -> Delivery:
    """Read all files of a batch.

    Parameters
    ----------
    folder : Path
        The input folder.
    name : str
        What ids of rows that have none begin with, for example the batch's hash.

    Returns
    -------
    Delivery
        Every row that is not blank, once.

    Raises
    ------
    JobError
        If a file cannot be read, or the files do not have the same columns.
    """
    parts = [_read(path, path.relative_to(folder).as_posix()) for path in find_files(folder)]
    columns = parts[0].good.columns
    for path, part in zip(find_files(folder), parts, strict=True):
        if part.good.columns != columns:
            raise JobError(
                f"{path.name} has other columns than the files before it: a batch has one form"
            )
    missing = tuple(column for column in FEATURES if column not in columns)
    goods, bads, asides = [], [], []
    read = 0
    for part in parts:
        # Rows are numbered as they stand in the file, good or not.
        order = pl.concat([part.good[_INDEX], part.bad[_INDEX]]).sort()
        good, bad = (
            side.with_columns(
                (order.search_sorted(side[_INDEX]).cast(pl.Int64) + read + 1).alias(ROW)
            )
            for side in (part.good, part.bad)
        )
        read += order.len()
        goods.append(_named(good, name))
        bads.append(_named(bad, name))
        reasons = pl.DataFrame(part.faults, schema=[REASON, DETAIL, TEXT], orient="row")
        asides.append(pl.concat([bads[-1].select(ROW, ID), reasons], how="horizontal"))
    if not read:
        raise JobError(f"the files below {folder} have no rows")
    good, bad = pl.concat(goods, rechunk=True), pl.concat(bads)
    aside = pl.concat([_empty_aside(), *(each.cast(_SET_ASIDE) for each in asides)])
    delivery = Delivery(good, aside, bad, missing)
    # Ids that are made are there once.
    return _without_doubles(delivery) if ID in columns else _plain(delivery)


def _read(path: Path, name: str) -> _Part:
    if path.suffix.lower() in CSV_SUFFIXES:
        return _read_csv(path, name)
    return _read_parquet(path, name)


def _read_csv(path: Path, name: str) -> _Part:
    with path.open("rb") as file:
        first = split_fields(file.readline().decode(errors="replace"))
    header = bool({*first} & {*COLUMNS, ID})
    columns = first if header else _positions(first, name)
    if len(columns) != len(set(columns)) or "" in columns:
        raise JobError(f"{name}: its first line names a column twice, or not at all")
    source = Source(path, name, has_header=header)
    schema = {column: pl.Float64() if column in MEASUREMENTS else pl.String() for column in columns}
    lazy = pl.scan_csv(
        path,
        has_header=False,
        skip_rows=int(header),
        schema={**schema, _SURPLUS: pl.String()},
        quote_char=None,
        encoding="utf8-lossy",
        ignore_errors=True,
        missing_columns="insert",
        truncate_ragged_lines=True,
        row_index_name=_INDEX,
        glob=False,
    )
    suspect = _suspicion(columns) | pl.col(_SURPLUS).is_not_null()
    frame = (
        lazy.with_columns(pl.col(_INDEX).cast(pl.Int64), suspect.alias(_SUSPECT))
        .drop(_SURPLUS)
        .collect(engine="streaming")
    )
    texts = read_lines(source, frame.filter(_SUSPECT)[_INDEX].to_list())
    good = frame.filter(~pl.col(_SUSPECT)).drop(_SUSPECT)
    # Empty fields at a line's end go unseen above; see `abalone.reading`.
    wanted = len(columns) - 1
    if count_commas(source) != good.height * wanted + sum(
        text.count(",") for text in texts.values()
    ):
        texts = find_lines(source, lambda line: line.count(b",") != wanted) | texts
        good = good.filter(~pl.col(_INDEX).is_in(list(texts)))
    rows: dict[int, tuple[dict[str, str | None], str]] = {
        index: (dict(zip(columns, split_fields(text), strict=False)), text)
        for index, text in sorted(texts.items())
        if not is_blank(text)
    }
    widths = {index: len(split_fields(text)) for index, (_, text) in rows.items()}
    return _judge(good, rows, {index for index in widths if widths[index] != len(columns)})


def _read_parquet(path: Path, name: str) -> _Part:
    try:
        frame = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise JobError(f"{name} is neither CSV nor readable Parquet: {reason}") from None
    if nested := [column for column, kind in frame.schema.items() if kind.is_nested()]:
        raise JobError(f"{name}: column {nested[0]} holds lists or structures, not values")
    frame = frame.with_row_index(_INDEX)
    text = frame.with_columns(pl.exclude(_INDEX).cast(pl.String))
    typed = frame.with_columns(
        pl.col(_INDEX).cast(pl.Int64),
        *(
            pl.col(column).cast(pl.Float64 if column in MEASUREMENTS else pl.String, strict=False)
            for column in frame.columns
            if column != _INDEX
        ),
    )
    columns = [column for column in frame.columns if column != _INDEX]
    typed = typed.with_columns(_suspicion(columns).alias(_SUSPECT))
    rows = {}
    for row in text.filter(typed[_SUSPECT]).iter_rows(named=True):
        index = int(row.pop(_INDEX))
        rows[index] = (row, ",".join("" if value is None else value for value in row.values()))
    return _judge(typed.filter(~pl.col(_SUSPECT)).drop(_SUSPECT), rows, set())


def _positions(first: Sequence[str], name: str) -> list[str]:
    known = {len(FEATURES): list(FEATURES), len(COLUMNS): list(COLUMNS)}
    if len(first) not in known:
        raise JobError(
            f"{name} has {len(first)} columns and no line that names them: send {len(FEATURES)} "
            f"columns ({', '.join(FEATURES)}), or name them"
        )
    return known[len(first)]


def _suspicion(columns: Sequence[str]) -> pl.Expr:
    """Tell which rows are not obviously good; all of them, where a column is missing."""
    if not {*FEATURES} <= {*columns}:
        return pl.lit(value=True)
    numbers = pl.col(*MEASUREMENTS)
    good = pl.col(SEX).is_in(SEXES) & pl.all_horizontal(numbers.is_finite() & (numbers > 0))
    return good.fill_null(value=False).not_()


def _judge(
    good: pl.DataFrame, rows: dict[int, tuple[dict[str, str | None], str]], ragged: set[int]
) -> _Part:
    """Have every suspect judged; those found good join the others."""
    columns = [column for column in good.columns if column != _INDEX]
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
        good = pl.concat([good, extra]).sort(_INDEX)
    texts = {_INDEX: pl.Int64(), **dict.fromkeys(columns, pl.String())}
    return _Part(good, pl.DataFrame(bad, schema=texts, orient="row"), faults)


def _named(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Give rows their ids: those that came, or the batch's name and the row's number."""
    given = pl.col(ID) if ID in rows.columns else pl.lit(None, dtype=pl.String)
    made = pl.format("{}-{}", pl.lit(name), pl.col(ROW))
    others = [column for column in rows.columns if column not in {_INDEX, ROW, ID, TARGET}]
    empty = given.is_null() | (given.str.strip_chars() == "")
    return rows.select(
        ROW,
        pl.when(empty).then(made).otherwise(given).alias(ID),
        *others,
        (empty if ID in rows.columns else pl.lit(value=False)).alias(MISSING_ID),
    )


def _without_doubles(delivery: Delivery) -> Delivery:
    """Set aside rows without an id where others have one, and all but the first of an id."""
    everyone = pl.concat([delivery.good.select(ROW, ID), delivery.bad.select(ROW, ID)]).sort(ROW)
    doubles = everyone.filter(~pl.col(ID).is_first_distinct())[ROW]
    nameless, again = pl.col(MISSING_ID), pl.col(ROW).is_in(doubles.implode())
    good, bad = delivery.good, delivery.bad
    moved = good.filter(nameless | again)
    aside = delivery.set_aside
    if moved.height:
        values = [column for column in moved.columns if column not in {ROW, ID, MISSING_ID}]
        reason = pl.when(nameless).then(pl.lit(MISSING_ID)).otherwise(pl.lit(DUPLICATE_ID))
        said = moved.select(
            ROW,
            ID,
            reason.alias(REASON),
            reason.replace_strict(REASONS).alias(DETAIL),
            pl.concat_str(pl.col(values).cast(pl.String).fill_null(""), separator=",").alias(TEXT),
        )
        aside = pl.concat([aside, said.cast(_SET_ASIDE)]).sort(ROW)
        bad = pl.concat([bad, moved.cast({name: pl.String() for name in values})]).sort(ROW)
        good = good.filter(~(nameless | again))
    return _plain(Delivery(good, aside.sort(ROW), bad, delivery.missing))


def _plain(delivery: Delivery) -> Delivery:
    """Leave out what was only needed to find rows without an id."""
    return Delivery(
        delivery.good.drop(MISSING_ID),
        delivery.set_aside,
        delivery.bad.drop(MISSING_ID),
        delivery.missing,
    )


def _empty_aside() -> pl.DataFrame:
    return pl.DataFrame(schema=_SET_ASIDE)
