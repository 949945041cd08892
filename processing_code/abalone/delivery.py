"""A delivered batch, in which every row has a number and an id, and is either good or set aside.

The column `id` is the sender's name of a row, `rings` is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from abalone.delivered_file import read_part
from abalone.schema import FEATURES, ID, TARGET
from abalone.suspects import LINE, MISSING_COLUMN
from tabular.failure import JobError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROW: Final = "row"
# Where rows are put aside, and what is said of them.
REASON, DETAIL, TEXT = "reason", "detail", "text"
MISSING_ID: Final = "missing_id"
DUPLICATE_ID: Final = "duplicate_id"
REASONS: Final = {
    MISSING_COLUMN: "the batch lacks a column that the model needs",
    MISSING_ID: "the row's id is empty",
    DUPLICATE_ID: "a row before it has the same id",
}
_SET_ASIDE = pl.Schema({ROW: pl.Int64(), **dict.fromkeys((ID, REASON, DETAIL, TEXT), pl.String())})


@dataclass(frozen=True)
class Delivery:
    """The rows of a batch.

    Parameters
    ----------
    good : polars.DataFrame
        By ascending `row` (from 1, over all files in name order): `row`, `id`, the raw columns
        (`sex` as text, the measurements as Float64), and surplus columns as text.
    set_aside : polars.DataFrame
        The others: `row`, `id`, `reason`, `detail`, and the row's `text`.
    bad : polars.DataFrame
        The raw and surplus columns of the rows set aside, as the text that came.
    missing : tuple of str
        Columns that the model needs and no file has.
    notes : tuple of str
        What is unusual about the files.
    """

    good: pl.DataFrame
    set_aside: pl.DataFrame
    bad: pl.DataFrame
    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """Number of rows, good or not."""
        return self.good.height + self.set_aside.height


def read_delivery(folder: Path, files: Sequence[Path], name: str) -> Delivery:
    """Read the files of a batch; ids of rows that have none start with `name`."""
    parts = [read_part(path, path.relative_to(folder).as_posix()) for path in files]
    columns = parts[0].good.columns
    for path, part in zip(files, parts, strict=True):
        if {*part.good.columns} != {*columns}:
            raise JobError(
                f"{path.name} has other columns than the files before it: a batch has one form"
            )
    missing = tuple(column for column in FEATURES if column not in columns)
    goods, bads, asides = [], [], []
    read = 0
    for part in parts:
        # Rows are numbered as they stand in the file, good or not.
        order = pl.concat([part.good[LINE], part.bad[LINE]]).sort()
        good, bad = (
            side.select(columns).with_columns(
                (order.search_sorted(side[LINE]).cast(pl.Int64) + read + 1).alias(ROW)
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
    notes = tuple(part.note for part in parts if part.note)
    delivery = Delivery(good, aside, bad, missing, notes)
    # Ids that are made are there once.
    return _without_doubles(delivery) if ID in columns else _plain(delivery)


def _named(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Set the rows' ids: those that came, or the batch's name and the row's number."""
    sent = pl.col(ID) if ID in rows.columns else pl.lit(None, dtype=pl.String)
    made = pl.format("{}-{}", pl.lit(name), pl.col(ROW))
    others = [column for column in rows.columns if column not in {LINE, ROW, ID, TARGET}]
    empty = sent.is_null() | (sent.str.strip_chars() == "")
    return rows.select(
        ROW,
        pl.when(empty).then(made).otherwise(sent).alias(ID),
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
    return _plain(replace(delivery, good=good, set_aside=aside.sort(ROW), bad=bad))


def _plain(delivery: Delivery) -> Delivery:
    """Drop the column that only finds rows without an id."""
    good, bad = (side.drop(MISSING_ID) for side in (delivery.good, delivery.bad))
    return replace(delivery, good=good, bad=bad)


def _empty_aside() -> pl.DataFrame:
    return pl.DataFrame(schema=_SET_ASIDE)
