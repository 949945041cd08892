"""The files of a training run, whose good rows are numbered, and the others set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from abalone.delivered_file import read_part
from abalone.schema import COLUMNS, MEASUREMENTS, ROW_ID, SEX, SEXES, TARGET
from abalone.suspects import LINE
from tabular.failure import JobError

if TYPE_CHECKING:
    from abalone.sources import Source


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
    `rings` (Int64). `notes` say what is unusual about a file.
    """

    rows: pl.DataFrame
    set_aside: list[SetAside]
    notes: list[str]

    @property
    def read(self) -> int:
        """Number of rows read, good or not."""
        return self.rows.height + len(self.set_aside)


def read_sources(sources: list[Source]) -> Reading:
    """Read all files and separate the good rows from the others."""
    frames: list[pl.DataFrame] = []
    set_aside: list[SetAside] = []
    notes: list[str] = []
    read = 0
    for source in sources:
        part = read_part(source.path, source.name, COLUMNS)
        if missing := [column for column in COLUMNS if column not in part.good.columns]:
            raise JobError(f"{source.name} has no column {', '.join(missing)}")
        # Rows are numbered as they stand in the file, good or not.
        order = pl.concat([part.good[LINE], part.bad[LINE]]).sort()
        if not order.len():
            raise JobError(f"{source.name} has no data rows: remove the file or fill it")
        good, bad = (
            (order.search_sorted(side[LINE]).cast(pl.Int64) + read + 1).alias(ROW_ID)
            for side in (part.good, part.bad)
        )
        frames.append(
            part.good.select(
                good, pl.col(SEX).cast(pl.Enum(SEXES)), *MEASUREMENTS, pl.col(TARGET).cast(pl.Int64)
            )
        )
        set_aside += [
            SetAside(row_id, source.name, line + part.skip + 1, *fault)
            for row_id, line, fault in zip(bad, part.bad[LINE], part.faults, strict=True)
        ]
        notes += [part.note] * bool(part.note)
        read += order.len()
    return Reading(pl.concat(frames, rechunk=True), set_aside, notes)
