"""Requests that wait for something which other requests bring: they are answered again and again.

moto answers one request at a time, so that the wait must not be within an answer.
"""

from __future__ import annotations

PAUSE_SECONDS = 0.1
_asked: list[float] = []


def ask(seconds: float) -> None:
    """Ask, while a request is answered with nothing, for another answer within some seconds."""
    _asked.append(seconds)


def collect() -> float:
    """Return the seconds that were asked for since the last call, 0 for none."""
    seconds = max(_asked, default=0)
    _asked.clear()
    return seconds
