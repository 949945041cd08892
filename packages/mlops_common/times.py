"""Moments as text: UTC, ISO 8601, to the millisecond."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """Return the time, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def seconds_between(started: str | None, ended: str | None) -> float | None:
    """Return the seconds between two times of `now`; without an end, until now."""
    if not started:
        return None
    end = datetime.fromisoformat(ended) if ended else datetime.now(UTC)
    return round((end - datetime.fromisoformat(started)).total_seconds(), 3)
