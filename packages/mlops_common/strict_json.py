"""JSON as its standard has it: each name once in an object, and no numbers that are none.

Source: RFC 8259, sections 4 (names should be unique: of two, readers take different ones), 6 (no
infinity, no NaN) and 8.2 (half of a surrogate pair is no character).
"""

from __future__ import annotations

import json
import math
from typing import Any

_SHOWN = 60  # characters of an object, by which it is found


def read_strictly(text: str | bytes) -> Any:
    """Parse JSON; a `ValueError` names what Python would take and others would not."""
    found = json.loads(
        text, object_pairs_hook=each_once, parse_constant=_no_constant, parse_float=_finite
    )
    try:
        # Escapes alone can write half a pair, which no file and no request can hold.
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.start + 1]
        raise ValueError(f"{half!r} is half of a surrogate pair, and no character") from None
    return found


def each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members; refuse a name that stands twice."""
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        start = json.dumps(found, default=str)[:_SHOWN]
        raise ValueError(f"{twice!r} stands twice in one object, which begins {start}")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large for a number")
    return value
