"""The rules for a good record, for training and for serving alike.

Everything that reads many rows fast only *suspects*; this module judges.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from abalone.names import name_columns
from abalone.schema import MOST_RINGS, SEX, SEXES, TARGET
from tabular.fields import BLANK, NOT_FINITE, NUMBER, is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

REASONS: Final = {
    "not_text": "bytes that are no text in the file's encoding",
    "broken_quotes": "a quote that is not closed",
    "wrong_column_count": "another number of columns than expected",
    "unknown_sex": f"sex is not one of {', '.join(SEXES)}",
    "not_a_number": "a measurement or the rings are not a number",
    "not_finite": "a measurement or the rings are not finite",
    "not_positive": "a size or weight is zero or negative",
    "rings_out_of_range": f"rings are not a whole number from 1 to {MOST_RINGS}",
}
"""Why a row is set aside, in the order in which a row is tested."""


class RecordError(ValueError):
    """A record that cannot be used."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def split_fields(text: str) -> list[str]:
    """Split a line at its commas, with or without its line end or a byte-order mark."""
    return [field.strip(BLANK) for field in text.strip(BLANK).split(",")]


def is_header(text: str, columns: Sequence[str]) -> bool:
    """Return whether a line names the columns, in their order."""
    return name_columns(split_fields(text)) == tuple(columns)


def parse_record(text: str, columns: Sequence[str]) -> tuple[str, list[float]]:
    """Read a line of comma-separated fields, sex first, or raise the first fault."""
    return parse_fields(split_fields(text), columns)


def parse_fields(fields: Sequence[str], columns: Sequence[str]) -> tuple[str, list[float]]:
    """Read a record's fields, sex first, or raise the first fault."""
    if len(fields) != len(columns):
        raise RecordError(
            "wrong_column_count", f"{len(fields)} columns where {len(columns)} are expected"
        )
    by_name = dict(zip(columns, fields, strict=True))
    sex = by_name.pop(SEX)
    if sex not in SEXES:
        raise RecordError("unknown_sex", f"sex {sex[:20]!r} is not one of {', '.join(SEXES)}")
    numbers = {name: _parse_number(name, field) for name, field in by_name.items()}
    for name, number in numbers.items():
        if name == TARGET:
            if not number.is_integer() or not 1 <= number <= MOST_RINGS:
                raise RecordError(
                    "rings_out_of_range",
                    f"rings {number:g} is not a whole number from 1 to {MOST_RINGS}",
                )
        elif number <= 0:
            raise RecordError("not_positive", f"{name} {number:g} is not positive")
    return sex, list(numbers.values())


def _parse_number(name: str, field: str) -> float:
    if NOT_FINITE.fullmatch(field):
        raise RecordError("not_finite", f"{name} {field!r} is not finite")
    if not NUMBER.fullmatch(field):
        hint = ": write a decimal point" if is_number(field.replace(",", ".")) else ""
        raise RecordError("not_a_number", f"{name} {field[:20]!r} is not a number{hint}")
    number = float(field)
    if math.isinf(number):
        raise RecordError("not_finite", f"{name} {field[:20]!r} is too large")
    return number
