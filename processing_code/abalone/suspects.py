"""Rows that are not obviously good, and the expression that finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from abalone.records import RecordError, parse_fields
from abalone.schema import FEATURES, MEASUREMENTS, MOST_RINGS, SEX, SEXES, TARGET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LINE: Final = "line"
SUSPECT: Final = "suspect"
MISSING_COLUMN: Final = "missing_column"
_SPACE: Final = " \t\r\n\ufeff"


@dataclass(frozen=True)
class Suspect:
    """A row as it came: its fields by column, its text, and a fault of its form, if it has one."""

    values: Mapping[str, str | None]
    text: str
    reason: str = ""
    detail: str = ""

    def judge(self, needed: Sequence[str]) -> dict[str, object] | RecordError:
        """Read the fields that are needed, or return the first fault."""
        try:
            return self._read(needed)
        except RecordError as error:
            return error

    def _read(self, needed: Sequence[str]) -> dict[str, object]:
        if missing := [column for column in needed if column not in self.values]:
            came = ", ".join(self.values)
            said = f"there is no column {', '.join(missing)} among {came}"
            raise RecordError(MISSING_COLUMN, said)
        if self.reason:
            raise RecordError(self.reason, self.detail)
        sex, numbers = parse_fields(
            [(self.values[column] or "").strip(_SPACE) for column in needed], needed
        )
        return {SEX: sex, **dict(zip(needed[1:], numbers, strict=True))}


@dataclass(frozen=True)
class Rows:
    """A file's rows: the good ones with `line` and their columns, the others by line."""

    good: pl.DataFrame
    suspects: dict[int, Suspect]


def types_of(columns: Sequence[str], needed: Sequence[str]) -> pl.Schema:
    """Return the types of columns: what is needed in numbers as Float64, the others as text."""
    # Rings, too: so that "15.0" is fifteen and "15.5" is seen.
    numbers = {*needed} - {SEX}
    return pl.Schema((name, pl.Float64() if name in numbers else pl.String()) for name in columns)


def suspicion(columns: Sequence[str], needed: Sequence[str]) -> pl.Expr:
    """Select the rows that are not obviously good; all of them, where a column is missing."""
    if not {*needed} <= {*columns}:
        return pl.lit(value=True)
    numbers = pl.col(*MEASUREMENTS)
    good = pl.col(SEX).is_in(SEXES) & pl.all_horizontal(numbers.is_finite() & (numbers > 0))
    if {*needed} > {*FEATURES}:
        rings = pl.col(TARGET)
        good = good & rings.is_between(1, MOST_RINGS) & (rings.floor() == rings)
    return good.fill_null(value=False).not_()
