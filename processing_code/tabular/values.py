"""Texts as the values that a schema allows, with a reason for each row that is not so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from tabular.fields import NOT_FINITE, NUMBER
from tabular.schema import CATEGORY, DATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tabular.schema import Column, Schema

REASON, DETAIL, TEXT = "reason", "detail", "text"
REASONS: Final = {
    "broken_row": "quotes that are not closed, or another number of fields than expected",
    "missing_column": "the files lack a column",
    "missing": "a value is missing where the schema does not allow it",
    "not_a_number": "a number is not one, or is not finite",
    "not_a_date": "a date is not one",
    "out_of_range": "a number is below least or above most",
    "unknown_level": "a category is none of the schema's levels",
    "missing_id": "the row's id is empty",
    "duplicate_id": "a row before it has the same id",
}


@dataclass(frozen=True)
class Values:
    """Values by row and column, and of each row that is spoilt (by its label) the first fault."""

    good: pd.DataFrame
    faults: dict[int, tuple[str, str]]


def convert(texts: pd.DataFrame, schema: Schema, names: Sequence[str]) -> Values:
    """Read the columns `names` of a frame of texts, whose labels are row numbers.

    Numbers become float64, dates datetime64, categories text; what is missing is NaN, NaT or None.
    """
    faults: dict[int, tuple[str, str]] = {}
    columns = {}
    for name in names:
        column = schema.columns[name]
        if name not in texts:
            # Also where a value may be missing: a column that is gone is no missing value.
            fault = ("missing_column", f"there is no column {name}")
            return Values(texts.iloc[:0], dict.fromkeys(map(int, texts.index), fault))
        text = filled(texts[name], schema)
        values, bad = _read(text, column)
        if not column.missing:
            bad |= dict.fromkeys(text.index[text == ""], ("missing", f"{name} is missing"))
        columns[name] = values
        for row, fault in bad.items():
            faults.setdefault(int(row), fault)
    frame = pd.DataFrame(columns, index=texts.index)
    return Values(frame.drop(index=list(faults)), dict(sorted(faults.items())))


def filled(texts: pd.Series, schema: Schema) -> pd.Series:
    """Strip texts, and leave nothing of those that stand for a missing value."""
    stripped = texts.str.strip()
    return stripped.where(~stripped.isin(schema.missing_values), "")


def _read(text: pd.Series, column: Column) -> tuple[pd.Series, dict[int, tuple[str, str]]]:
    present = text[text != ""]
    if column.kind == CATEGORY:
        values = text.where(text != "", None)
        odd = present[~present.isin(column.levels)] if column.levels else present.iloc[:0]
        known = ", ".join(column.levels[:10])
        return values, _faults(odd, "unknown_level", column, f"is not one of {known}")
    if column.kind == DATE:
        return _read_dates(text, present, column)
    whole = present.str.fullmatch(NUMBER.pattern).astype(bool)
    values = pd.to_numeric(present.where(whole), errors="coerce").astype("float64")
    wild = values.isin([float("inf"), float("-inf")])
    is_odd = ~whole | wild
    found: dict[int, tuple[str, str]] = {}
    for row, each, is_wild in zip(
        map(int, present.index[is_odd]), present[is_odd], wild[is_odd], strict=True
    ):
        finite = not NOT_FINITE.fullmatch(each) and not is_wild
        hint = ": write a decimal point" if NUMBER.fullmatch(each.replace(",", ".")) else ""
        why = f"is not a number{hint}" if finite else "is not finite"
        found[row] = ("not_a_number", f"{column.name} {each[:20]!r} {why}")
    low = values < column.least if column.least is not None else values.isna() & False
    high = values > column.most if column.most is not None else values.isna() & False
    for beyond, end, limit in ((low, "below", column.least), (high, "above", column.most)):
        why = f"is {end} {limit:g}" if limit is not None else ""
        found.update(_faults(present[beyond & ~is_odd], "out_of_range", column, why))
    return values.reindex(text.index), found


def _read_dates(
    text: pd.Series, present: pd.Series, column: Column
) -> tuple[pd.Series, dict[int, tuple[str, str]]]:
    # Every zone in one: without a zone, it is taken for UTC.
    values = pd.to_datetime(present, format=column.format or "ISO8601", errors="coerce", utc=True)
    odd = present[values.isna()]
    why = f"is not a date as {column.format or 'ISO 8601, such as 2026-11-30'}"
    plain = values.dt.tz_localize(None).astype("datetime64[s]")
    return plain.reindex(text.index), _faults(odd, "not_a_date", column, why)


def _faults(odd: pd.Series, reason: str, column: Column, why: str) -> dict[int, tuple[str, str]]:
    return {
        int(row): (reason, f"{column.name} {text[:20]!r} {why}")
        for row, text in zip(odd.index, odd, strict=True)
    }
