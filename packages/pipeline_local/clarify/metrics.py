"""Bias metrics, before and after training.

Definitions and names: SageMaker AI developer guide, "Pre-training bias metrics" and "Post-training
data and model bias metrics". *a* is the rest, *d* the sensitive group; *y* the observed and *p* the
predicted labels, true where positive. A share of nothing is 0, and something divided by nothing is
infinite, as in AWS's open-source `smclarify`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Mask = npt.NDArray[np.bool_]

_NEIGHBOURS, _FEW = 5, 10


@dataclass(frozen=True)
class Case:
    """The input of the metrics."""

    d: Mask  # the sensitive group
    y: Mask  # positive observed labels
    p: Mask  # positive predicted labels
    strata: npt.NDArray[np.object_] | None  # `group_variable` of every record
    others: pd.DataFrame  # the features beside the facet

    def count(self, group: bool, **wanted: bool) -> int:
        """Count the records of a group with certain labels, e.g. `y=True, p=False`."""
        found = self.d == group
        for name, value in wanted.items():
            found = found & (getattr(self, name) == value)
        return int(found.sum())


@dataclass(frozen=True)
class Metric:
    """One metric: its short name, its long name and its function."""

    name: str
    title: str
    compute: Callable[[Case], float]

    @property
    def description(self) -> str:
        """Return the text in `analysis.json`."""
        return f"{self.title} ({self.name})"


def _ratio(above: float, below: float) -> float:
    if below == 0:
        return 0.0 if above == 0 else math.inf
    return above / below


def _minus(one: float, other: float) -> float:
    return 0.0 if one == other else one - other  # infinite alike is no difference


def _rate(above: dict[str, bool], below: dict[str, bool]) -> Callable[[Case, bool], float]:
    return lambda case, group: _ratio(case.count(group, **above), case.count(group, **below))


_observed = _rate({"y": True}, {})
_predicted = _rate({"p": True}, {})
_acceptance = _rate({"y": True}, {"p": True})
_rejection = _rate({"y": False}, {"p": False})
_recall = _rate({"y": True, "p": True}, {"y": True})
_specificity = _rate({"y": False, "p": False}, {"y": False})
_precision = _rate({"y": True, "p": True}, {"p": True})
_rejection_rate = _rate({"y": False, "p": False}, {"p": False})
_treatment = _rate({"y": True, "p": False}, {"y": False, "p": True})


def _shares(case: Case) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the shares of positive and negative labels in group a and group d."""
    qa, qd = _observed(case, False), _observed(case, True)
    return (qa, 1 - qa), (qd, 1 - qd)


def _divergence(one: tuple[float, float], other: tuple[float, float]) -> float:
    return sum(
        x * (math.log(x / z) if z > 0 else math.inf)
        for x, z in zip(one, other, strict=True)
        if x > 0
    )


def _js(case: Case) -> float:
    a, d = _shares(case)
    mean = ((a[0] + d[0]) / 2, (a[1] + d[1]) / 2)
    return (_divergence(a, mean) + _divergence(d, mean)) / 2


def _distances(case: Case) -> list[float]:
    return [abs(x - z) for x, z in zip(*_shares(case), strict=True)]


def _disparity(case: Case, positive: Mask) -> float:
    """Return the conditional demographic disparity of labels."""
    import numpy as np

    if case.strata is None:
        raise Problem("Group variable is empty or not provided")
    if positive.all() or not positive.any():
        raise Problem("all labels are positive" if positive.any() else "no label is positive")
    total = 0.0
    for stratum in np.unique(case.strata):
        here = case.strata == stratum
        rejected, accepted = here & ~positive, here & positive
        disparity = _ratio(int((rejected & case.d).sum()), int(rejected.sum())) - _ratio(
            int((accepted & case.d).sum()), int(accepted.sum())
        )
        total += int(here.sum()) * disparity
    return total / len(case.d)


def _accuracy(case: Case, group: bool) -> float:
    right = case.count(group, y=True, p=True) + case.count(group, y=False, p=False)
    return right / case.count(group)


def _a_less_d(rate: Callable[[Case, bool], float]) -> Callable[[Case], float]:
    return lambda case: _minus(rate(case, False), rate(case, True))


def _d_less_a(rate: Callable[[Case, bool], float]) -> Callable[[Case], float]:
    return lambda case: _minus(rate(case, True), rate(case, False))


def _entropy(case: Case) -> float:
    """Return the generalized entropy of benefits, with alpha 2."""
    benefit = case.p.astype(int) - case.y.astype(int) + 1
    mean = float(benefit.mean())
    if mean == 0:
        raise Problem("all predictions are false negatives")
    return float((((benefit / mean) ** 2 - 1).sum()) / (2 * len(benefit)))


def _flip_test(case: Case) -> float:
    """Compare every record of d with its nearest neighbours in a.

    The sign is the developer guide's; `smclarify` 0.5 computes the opposite.
    """
    from pandas.api.types import is_numeric_dtype
    from sklearn.neighbors import KNeighborsClassifier  # type: ignore[import-untyped]

    if not all(is_numeric_dtype(kind) for kind in case.others.dtypes):
        raise Problem("the flip test needs numbers in all features")
    if not case.others.shape[1]:
        raise Problem("the flip test needs a feature beside the facet")
    points = case.others.to_numpy(dtype=float)
    neighbours = _NEIGHBOURS if case.count(False) > _FEW else 1
    model = KNeighborsClassifier(neighbours).fit(points[~case.d], case.p[~case.d])
    alike, own = model.predict(points[case.d]), case.p[case.d]
    return float(((~own & alike).sum() - (own & ~alike).sum()) / len(own))


PRE_TRAINING = (
    Metric("CDDL", "Conditional Demographic Disparity in Labels", lambda c: _disparity(c, c.y)),
    Metric("CI", "Class Imbalance", lambda c: (c.count(False) - c.count(True)) / len(c.d)),
    Metric("DPL", "Difference in Positive Proportions in Labels", _a_less_d(_observed)),
    Metric("JS", "Jensen-Shannon Divergence", _js),
    Metric("KL", "Kullback-Liebler Divergence", lambda case: _divergence(*_shares(case))),
    Metric("KS", "Kolmogorov-Smirnov Distance", lambda case: max(_distances(case))),
    Metric("LP", "L-p Norm", lambda case: math.hypot(*_distances(case))),
    Metric("TVD", "Total Variation Distance", lambda case: sum(_distances(case)) / 2),
)
POST_TRAINING = (
    Metric("AD", "Accuracy Difference", _a_less_d(_accuracy)),
    Metric(
        "CDDPL",
        "Conditional Demographic Disparity in Predicted Labels",
        lambda case: _disparity(case, case.p),
    ),
    Metric("DAR", "Difference in Acceptance Rates", _a_less_d(_precision)),
    Metric("DCA", "Difference in Conditional Acceptance", _a_less_d(_acceptance)),
    Metric("DCR", "Difference in Conditional Rejection", _d_less_a(_rejection)),
    Metric("DI", "Disparate Impact", lambda c: _ratio(_predicted(c, True), _predicted(c, False))),
    Metric("DPPL", "Difference in Positive Proportions in Predicted Labels", _a_less_d(_predicted)),
    Metric("DRR", "Difference in Rejection Rates", _d_less_a(_rejection_rate)),
    Metric("FT", "Flip Test", _flip_test),
    Metric("GE", "Generalized Entropy", _entropy),
    Metric("RD", "Recall Difference", _a_less_d(_recall)),
    Metric("SD", "Specificity Difference", _d_less_a(_specificity)),
    Metric("TE", "Treatment Equality", _d_less_a(_treatment)),
)
# DCAcc is the developer guide's name; the SDK's list has DCA.
ALIASES = {"DCAcc": "DCA"}
