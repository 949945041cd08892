"""Times and their ratio, as every benchmark reports them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def row(name: str, baseline: float, ours: float, ratio: float | None = None) -> dict[str, Any]:
    """Return one result; by default a ratio above 1 says that ours is faster."""
    return {
        "name": name,
        "baseline_seconds": baseline,
        "ours_seconds": ours,
        "ratio": baseline / ours if ratio is None else ratio,
    }
