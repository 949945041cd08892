"""The CSV files, read fast, whose few odd rows are judged one by one.

Polars parses everything in one streaming pass and marks the rows it has doubts about; only those
are read again as text and judged by `abalone.records`. Good data pays nothing for good messages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from abalone.failure import JobError
from abalone.records import RecordError, is_blank, parse_record
from abalone.schema import COLUMNS, MEASUREMENTS, MOST_RINGS, ROW_ID, SEX, SEXES, TARGET
from abalone.sources import Source, count_commas, find_lines, read_lines

LINE, SURPLUS, SUSPECT = "line", "surplus", "suspect"
_COMMAS = len(COLUMNS) - 1
_SCHEMA = {
    SEX: pl.String(),
    **dict.fromkeys(MEASUREMENTS, pl.Float64()),
    # Read as a float, so that "15.0" is fifteen and "15.5" is seen.
    TARGET: pl.Float64(),
    # Receives what a line has too much; null in a good row.
    SURPLUS: pl.String(),
}


@dataclass(frozen=True)
class SetAside:
    """An unused row, with its line in the file (from 1) and one of `abalone.records.REASONS`."""

    row_id: int
    file: str
    line: int
    reason: str
    detail: str
    text: str


@dataclass(frozen=True)
class Reading:
    """The rows of the files, by ascending `row_id`.

    `rows`, the good ones, has `row_id` (Int64), `sex` (Enum), the measurements (Float64) and
    `rings` (Int64).
    """

    rows: pl.DataFrame
    set_aside: list[SetAside]

    @property
    def read(self) -> int:
        """Number of rows read, good or not."""
        return self.rows.height + len(self.set_aside)


def read_sources(sources: list[Source]) -> Reading:
    """Read all files and separate the good rows from the others."""
    frames: list[pl.DataFrame] = []
    set_aside: list[SetAside] = []
    read = 0
    for source in sources:
        frame, faults = _read_source(source, rows_before=read)
        if not frame.height + len(faults):
            raise JobError(f"{source.name} has no data rows: remove the file or fill it")
        read += frame.height + len(faults)
        frames.append(frame)
        set_aside += faults
    return Reading(pl.concat(frames, rechunk=True), set_aside)


def scan_lines(source: Source, schema: dict[str, pl.DataType]) -> pl.LazyFrame:
    """Scan a file's lines by number; a field that does not fit its column is null."""
    return pl.scan_csv(
        source.path,
        has_header=False,
        skip_rows=int(source.has_header),
        schema=schema,
        quote_char=None,
        encoding="utf8-lossy",
        ignore_errors=True,
        missing_columns="insert",
        truncate_ragged_lines=True,
        row_index_name=LINE,
        glob=False,
    )


def is_plausible() -> pl.Expr:
    """Select the rows whose raw columns are obviously good; null where a field is missing."""
    numbers = pl.col(*MEASUREMENTS)
    return pl.col(SEX).is_in(SEXES) & pl.all_horizontal(numbers.is_finite() & (numbers > 0))


def _read_source(source: Source, rows_before: int) -> tuple[pl.DataFrame, list[SetAside]]:
    """Read one file; `rows_before` rows were in the files before it."""
    rings = pl.col(TARGET)
    good = (
        is_plausible()
        & rings.is_between(1, MOST_RINGS)
        & (rings.floor() == rings)
        & pl.col(SURPLUS).is_null()
    )
    frame = (
        scan_lines(source, _SCHEMA)
        .with_columns(good.fill_null(value=False).not_().alias(SUSPECT))
        .select(
            pl.col(LINE).cast(pl.Int64),
            pl.when(SUSPECT).then(None).otherwise(pl.col(SEX)).cast(pl.Enum(SEXES)).alias(SEX),
            *MEASUREMENTS,
            pl.when(SUSPECT).then(None).otherwise(rings).cast(pl.Int64).alias(TARGET),
            SUSPECT,
        )
        .collect(engine="streaming")
    )
    texts = read_lines(source, frame.filter(SUSPECT)[LINE].to_list())
    kept = frame.filter(~pl.col(SUSPECT)).drop(SUSPECT)
    # Empty fields at a line's end go unseen above. Counting all commas costs next to nothing and
    # tells whether there are any; only then is it worth looking for them.
    commas = kept.height * _COMMAS + sum(text.count(",") for text in texts.values())
    if count_commas(source) != commas:
        texts = find_lines(source, lambda line: line.count(b",") != _COMMAS) | texts
        kept = kept.filter(~pl.col(LINE).is_in(list(texts)))
    blanks: list[int] = []
    faults: list[SetAside] = []
    cleared: list[tuple[object, ...]] = []
    for index, text in sorted(texts.items()):
        if is_blank(text):
            blanks.append(index)
            continue
        try:
            sex, values = parse_record(text, COLUMNS)
        except RecordError as error:
            row_id = rows_before + index - len(blanks) + 1
            line = index + 1 + int(source.has_header)
            faults.append(SetAside(row_id, source.name, line, error.reason, str(error), text))
        else:
            cleared.append((index, sex, *values[:-1], int(values[-1])))
    if cleared:
        extra = pl.DataFrame(cleared, schema=kept.schema, orient="row")
        kept = pl.concat([kept, extra]).sort(LINE)
    lines = kept[LINE].to_numpy()
    row_ids = rows_before + lines + 1 - np.searchsorted(np.array(blanks, dtype=np.int64), lines)
    return kept.select(pl.Series(ROW_ID, row_ids, dtype=pl.Int64), *COLUMNS), faults
