"""Expressions of schedules: ``rate(5 minutes)``, ``cron(0 2 * * ? *)``, ``at(…)``.

Source: EventBridge Scheduler User Guide, "Schedule types in EventBridge Scheduler".
"""

from __future__ import annotations

import re
from datetime import datetime

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# Lowest and highest value of each field, and its words beside numbers.
_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (1, 7, _DAYS),
    (1970, 2199, ()),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4
_SPECIAL = {_DAY_OF_MONTH: r"\?|L|LW|\d{1,2}W", _DAY_OF_WEEK: r"\?|L|[1-7]L|[1-7]#[1-5]"}


def is_schedule(expression: str, *, once: bool = True) -> bool:
    """Return whether an expression is valid; `once` allows ``at``."""
    found = re.fullmatch(r"(rate|cron|at)\((.*)\)", expression)
    if found is None:
        return False
    kind, text = found.groups()
    if kind == "rate":
        return re.fullmatch(r"1 (minute|hour|day)|[2-9]\d* \w+s|1\d+ \w+s", text) is not None and (
            re.search(r" (minute|hour|day)s?$", text) is not None
        )
    return _is_cron(text.split()) if kind == "cron" else once and _is_moment(text)


def _is_moment(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 (its zone is elsewhere)
    except ValueError:
        return False
    return True


def _is_cron(fields: list[str]) -> bool:
    if len(fields) != len(_FIELDS):
        return False
    days = (fields[_DAY_OF_MONTH], fields[_DAY_OF_WEEK])
    # One of both days is left open.
    return days.count("?") == 1 and all(
        _is_field(number, part) for number, field in enumerate(fields) for part in field.split(",")
    )


def _is_field(number: int, part: str) -> bool:
    if number in _SPECIAL and re.fullmatch(_SPECIAL[number], part):
        return True
    span, _, step = part.partition("/")
    if step and not step.isdigit():
        return False
    low, high, words = _FIELDS[number]
    ends = [str(words.index(end) + 1) if end in words else end for end in span.split("-")]
    inside = len(ends) <= 2 and all(e.isdigit() and low <= int(e) <= high for e in ends)  # noqa: PLR2004
    return span == "*" or inside
