"""Paired differences of losses: their mean, what is sure of it, and what could be found.

The paired t-test, with the standard error for clusters (A. C. Cameron, D. L. Miller: "A
Practitioner's Guide to Cluster-Robust Inference", 2015): identical rows say one thing, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtrit  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

POWER: Final = 0.9
"""How often a loss of the smallest detectable size is found."""
MARGIN: Final = 0.01
"""The allowed loss, as a share of the champion's error: what training again moves it by."""


@dataclass(frozen=True)
class Loss:
    """How much larger one model's losses are than another's, on the same rows.

    `rows` counts all, `units` those that differ from one another.
    """

    rows: int
    units: int
    mean: float
    error: float

    @classmethod
    def of(cls, gaps: FloatArray, content: npt.NDArray[np.uint64]) -> Loss:
        """Measure the mean of differences; rows of equal content are one unit."""
        count, mean = len(gaps), float(np.mean(gaps))
        _, unit = np.unique(content, return_inverse=True)
        sums = np.bincount(unit, weights=gaps - mean)
        units = len(sums)
        if units == 1:
            return cls(count, 1, mean, float("inf") if mean else 0.0)
        error = (units / (units - 1) * np.sum(sums**2)) ** 0.5 / count
        return cls(count, units, mean, float(error))

    def at_least(self, significance: float) -> float:
        """Return the lower end of the one-sided confidence interval."""
        return self.mean - self._reach(1 - significance)

    def detectable(self, significance: float) -> float:
        """Return the smallest loss that is found in `POWER` of cases."""
        return self._reach(1 - significance) + self._reach(POWER)

    def _reach(self, share: float) -> float:
        if not self.error:
            return 0.0
        return float(stdtrit(self.units - 1, share)) * self.error if self.units > 1 else self.error
