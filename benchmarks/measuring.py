"""Times and their ratio, as every benchmark reports them."""

from __future__ import annotations

import time
from contextvars import ContextVar
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# How often each line is measured.
TIMES: ContextVar[int] = ContextVar("times", default=3)


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def repeated(work: Callable[[], object], before: Callable[[], object] | None = None) -> list[float]:
    """Return the seconds of several calls; what comes before each is not counted."""
    samples = []
    for _ in range(TIMES.get()):
        if before is not None:
            before()
        samples.append(seconds(work))
    return samples


def row(
    name: str,
    baseline: float | Sequence[float],
    ours: float | Sequence[float],
    ratio: float | None = None,
    limit: float | None = None,
) -> dict[str, Any]:
    """Return one result, of several samples their median.

    By default a ratio above 1 says that ours is faster. With a limit, ours has to be below it.
    """
    samples = [list(each) if not isinstance(each, float) else [each] for each in (baseline, ours)]
    base, mine = map(median, samples)
    return {
        "name": name,
        "baseline_seconds": base,
        "ours_seconds": mine,
        "ratio": base / mine if ratio is None else ratio,
        "limit_seconds": limit,
        "baseline_samples": samples[0],
        "ours_samples": samples[1],
    }
