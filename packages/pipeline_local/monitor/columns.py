"""Profiles of columns: missing values, inferred type, distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

INTEGRAL, FRACTIONAL, STRING, UNKNOWN = "Integral", "Fractional", "String", "Unknown"
NUMERIC = frozenset({INTEGRAL, FRACTIONAL})


@dataclass(frozen=True)
class ColumnProfile:
    """One column, without regard to the order of its rows."""

    name: str
    rows: int
    missing: int  # null, empty or not a number
    integral: int
    fractional: int  # finite, not whole
    text: int
    numbers: NDArray[np.float64]
    values: dict[str, int]  # counts of a text column, most frequent first, then by value

    @property
    def present(self) -> int:
        """Return the number of rows with a value."""
        return self.rows - self.missing

    @property
    def inferred_type(self) -> str:
        """Return the narrowest type of all values, as Model Monitor names it."""
        if self.present == 0:
            return UNKNOWN
        if self.text:
            return STRING
        return FRACTIONAL if self.fractional else INTEGRAL

    def share_of_type(self, wanted: str) -> float:
        """Return the share of values that conform to a type; 1 without values.

        Whole numbers conform to ``Fractional``; numbers to ``String`` only beside other text.
        """
        if self.present == 0 or wanted == UNKNOWN:
            return 1.0
        conforming = {
            INTEGRAL: self.integral,
            FRACTIONAL: self.integral + self.fractional,
            STRING: self.present if self.text else 0,
        }[wanted]
        return conforming / self.present


def profile_column(column: pl.Series) -> ColumnProfile:
    """Profile a column of text, numbers, truth values or dates."""
    import polars as pl

    kind = column.dtype
    if kind.is_integer() or kind.is_float() or kind.is_decimal():
        return _profile_numbers(column.name, column.len(), column)
    return _profile_text(column.name, column.cast(pl.String))


def _profile_numbers(name: str, rows: int, column: pl.Series) -> ColumnProfile:
    import polars as pl

    whole = column.dtype.is_integer()
    values = column.cast(pl.Float64).drop_nulls().drop_nans()
    finite = values.filter(values.is_finite())
    infinite = values.len() - finite.len()
    return ColumnProfile(
        name=name,
        rows=rows,
        missing=rows - values.len(),
        integral=finite.len() if whole else 0,
        fractional=0 if whole else finite.len(),
        text=infinite,  # no number to calculate with
        numbers=_ascending(finite),
        values=_counted(values.filter(values.is_infinite()).cast(pl.String)) if infinite else {},
    )


def _profile_text(name: str, column: pl.Series) -> ColumnProfile:
    import polars as pl

    rows = column.len()
    given = column.filter(column.is_not_null() & (column != "")).rename(name)
    trimmed = given.str.strip_chars()
    numbers = trimmed.cast(pl.Float64, strict=False)
    is_missing = numbers.is_nan().fill_null(value=False)
    is_number = numbers.is_finite().fill_null(value=False)
    whole = trimmed.cast(pl.Int64, strict=False).is_not_null()
    # Whole numbers beyond 64 bits are whole, too.
    unsettled = trimmed.filter(is_number & ~whole)
    huge = int(unsettled.str.contains(r"^[+-]?\d+$").sum())
    integral = int((whole & is_number).sum()) + huge
    count = int(is_number.sum())
    missing = rows - given.len() + int(is_missing.sum())
    text = rows - missing - count
    return ColumnProfile(
        name=name,
        rows=rows,
        missing=missing,
        integral=integral,
        fractional=count - integral,
        text=text,
        numbers=_ascending(numbers.filter(is_number)),
        values=_counted(given.filter(~is_missing)) if text else {},
    )


def _ascending(numbers: pl.Series) -> NDArray[Any]:
    # Adding 0 makes -0.0 and 0.0 one value, whose order a sort would leave to chance.
    return (numbers.sort() + 0.0).to_numpy()


def _counted(values: pl.Series) -> dict[str, int]:
    if values.is_empty():
        return {}
    counts = values.rename("value").value_counts(name="count")
    ordered = counts.sort(["count", "value"], descending=[True, False])
    return dict(zip(ordered["value"].to_list(), ordered["count"].to_list(), strict=True))
