"""The fields of a text file: which hold nothing, and which hold a number."""

from __future__ import annotations

import re
from typing import Final

NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
NOT_FINITE: Final = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
BLANK: Final = " \t\r\n\ufeff"


def is_blank(text: str) -> bool:
    """Return whether a line holds nothing, and so is no row."""
    return not text.strip(BLANK)


def is_number(text: str) -> bool:
    """Return whether a field is a number, finite or not."""
    return bool(NUMBER.fullmatch(text) or NOT_FINITE.fullmatch(text))
