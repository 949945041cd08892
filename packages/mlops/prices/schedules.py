"""Monthly frequency of a schedule (EventBridge Scheduler user guide, "Schedule types")."""

from __future__ import annotations

import re

_DAYS_A_MONTH, _DAYS_A_WEEK, _MONTHS = 365 / 12, 7, 12
_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
_RANGES = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (1, 7)}
_NAMES = {
    **{n: i for i, n in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)},
    **{n: i for i, n in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1)},
}  # fmt: skip
_FIELDS = 6


def times_a_month(expression: str) -> float | None:
    """Return the average runs a month; 0 for ``at(…)``, None if it cannot be parsed."""
    kind, _, inner = expression.strip().rstrip(")").partition("(")
    if kind == "at":
        return 0.0
    if kind == "rate":
        found = re.fullmatch(r"(\d+) (minute|hour|day)s?", inner.strip())
        if found is None or not int(found[1]):
            return None
        return _DAYS_A_MONTH * 24 / (int(found[1]) * _HOURS[found[2]])
    fields = inner.split()
    if kind != "cron" or len(fields) != _FIELDS:
        return None
    return _of_cron(fields)


def _of_cron(fields: list[str]) -> float | None:
    minute, hour, day, month, weekday, _ = fields
    minutes, hours, months = (
        _size(text, name) for text, name in ((minute, "minute"), (hour, "hour"), (month, "month"))
    )
    if day in {"?", "*"} and weekday in {"?", "*"}:
        days: float | None = _DAYS_A_MONTH
    elif day in {"?", "*"}:
        once = re.fullmatch(r"\w+#[1-5]|\w*L", weekday)
        found = _size(weekday, "weekday")
        days = 1.0 if once else None if found is None else found * _DAYS_A_MONTH / _DAYS_A_WEEK
    else:
        days = 1.0 if re.fullmatch(r"L|\d+W|LW", day) else _size(day, "day")
    if minutes is None or hours is None or months is None or days is None:
        return None
    return minutes * hours * days * months / _MONTHS


def _size(text: str, name: str) -> float | None:
    """Count the values of a cron field."""
    low, high = _RANGES[name]
    values: set[int] = set()
    for part in text.upper().split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if first in {"*", "?"} else _number(first)
        end = high if first in {"*", "?"} or (step and not dash) else start
        if dash:
            end = _number(last)
        width = _number(step) if step else 1
        if start is None or end is None or not width or not low <= start <= end <= high:
            return None
        values.update(range(start, end + 1, width))
    return float(len(values))


def _number(text: str) -> int | None:
    if text in _NAMES:
        return _NAMES[text]
    return int(text) if text.isdigit() else None
