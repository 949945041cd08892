"""The quality gate: the challenger must not be worse than the champion, beyond chance.

Every check compares squared errors on rows that neither model has learned from, and fails only if
the challenger is worse by more than what is allowed, beyond the significance. Where test rows are
few, the answers of the cross-validations' models about the other rows count as well. Slices, and
octiles, share the significance (Bonferroni), so that together they fail as seldom as one check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import bdtr  # type: ignore[import-untyped]

from abalone.schema import FEATURES, SEX, SEXES, TARGET, Columns, FloatArray
from abalone.split import content_hash
from tabular.files import rounded
from tabular.paired import MARGIN, POWER, Loss

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

TEST_ROWS, POOLED_ROWS = "test rows", "test and out-of-fold rows"
ENOUGH_TEST_ROWS: Final = 5_000
"""With fewer, out-of-fold errors are pooled with those of the test rows."""
LEAST_ROWS: Final = 30
"""What a slice needs to be judged."""
SLICE_MARGIN: Final = 0.1
"""The same within a slice."""
COVERAGE_MARGIN: Final = 0.05
OCTILES: Final = 8
SMALL, LARGE = 0.45, 0.6
"""Lengths that part small, middle and large animals, about a third each."""


@dataclass(frozen=True)
class Judged:
    """Rows with what two models say of them; `champion` is None without one to compare with."""

    columns: Columns
    challenger: FloatArray
    champion: FloatArray | None

    @property
    def rings(self) -> FloatArray:
        """The true values."""
        rings: FloatArray = self.columns[TARGET].astype(np.float64)
        return rings

    def and_also(self, other: Judged) -> Judged:
        """Pool the rows of two."""
        columns = {
            name: np.concatenate([self.columns[name], other.columns[name]])
            for name in (*FEATURES, TARGET)
        }
        said = np.concatenate([self.challenger, other.challenger])
        if self.champion is None or other.champion is None:
            return Judged(columns, said, None)
        return Judged(columns, said, np.concatenate([self.champion, other.champion]))


def slices(columns: Columns) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Yield the slices that are judged by themselves: by sex and by size."""
    for level in SEXES:
        yield f"sex {level}", columns[SEX] == level
    length = columns["length"]
    yield "small", length < SMALL
    yield "middle-sized", (length >= SMALL) & (length <= LARGE)
    yield "large", length > LARGE


def loss_checks(test: Judged, pooled: Judged | None, significance: float) -> list[dict[str, Any]]:
    """Check the test rows, all rows, and each slice of them."""
    checks = [_loss_check(TEST_ROWS, test, significance, MARGIN)]
    if pooled is not None:
        checks.append(_loss_check(POOLED_ROWS, pooled, significance, MARGIN))
    everything = pooled or test
    parts = [
        (name, part)
        for name, chosen in slices(everything.columns)
        if np.count_nonzero(chosen) >= LEAST_ROWS
        for part in [_rows(everything, chosen)]
    ]
    return checks + [
        _loss_check(name, part, significance / len(parts), SLICE_MARGIN) for name, part in parts
    ]


def _rows(judged: Judged, chosen: npt.NDArray[np.bool_]) -> Judged:
    champion = judged.champion
    return Judged(
        {name: values[chosen] for name, values in judged.columns.items()},
        judged.challenger[chosen],
        None if champion is None else champion[chosen],
    )


def _loss_check(name: str, judged: Judged, significance: float, margin: float) -> dict[str, Any]:
    assert judged.champion is not None  # noqa: S101 - nothing is compared without one
    theirs = (judged.champion - judged.rings) ** 2
    gaps = (judged.challenger - judged.rings) ** 2 - theirs
    loss = Loss.of(gaps, content_hash(judged.columns, 0))
    allowed = margin * float(np.mean(theirs))
    at_least = loss.at_least(significance)
    return {
        "name": name,
        "figure": "mse",
        "rows": loss.rows,
        "challenger": rounded(float(np.mean(theirs)) + loss.mean),
        "champion": rounded(float(np.mean(theirs))),
        "loss": rounded(loss.mean),
        "standard_error": rounded(loss.error),
        "at_least": rounded(at_least),
        "allowed": rounded(allowed),
        "smallest_detectable": rounded(allowed + loss.detectable(significance)),
        "significance": rounded(significance),
        "failed": int(at_least > allowed),
    }


def coverage_checks(
    rings: FloatArray,
    predictions: FloatArray,
    inside: npt.NDArray[np.bool_],
    *,
    level: float,
    significance: float,
) -> list[dict[str, Any]]:
    """Check that the intervals of each octile of predictions hold as many true values as stated.

    A binomial test of the share that is allowed.
    """
    groups = min(OCTILES, len(rings) // LEAST_ROWS)
    order = np.lexsort((rings, predictions))
    return [
        {
            "name": f"interval coverage, part {number} of {groups} of the predictions",
            **_coverage_of(inside[part], level - COVERAGE_MARGIN, significance / groups),
            "from": rounded(float(predictions[part].min())),
            "to": rounded(float(predictions[part].max())),
        }
        for number, part in enumerate(np.array_split(order, groups) if groups else [], start=1)
    ]


def _coverage_of(
    inside: npt.NDArray[np.bool_], allowed: float, significance: float
) -> dict[str, Any]:
    count, held = len(inside), int(np.count_nonzero(inside))
    # So few held true values are beyond chance, and so are fewer.
    too_few = int(np.count_nonzero(bdtr(np.arange(count + 1), count, allowed) < significance)) - 1
    shares = np.arange(1, 100) / 100
    found = shares[bdtr(max(too_few, 0), count, shares) >= POWER] if too_few >= 0 else shares[:0]
    return {
        "figure": "coverage",
        "rows": count,
        "challenger": rounded(held / count),
        "allowed": rounded(allowed),
        "smallest_detectable": rounded(float(found.max(initial=0.0))),
        "significance": rounded(significance),
        "failed": int(held <= too_few),
    }


def rows_check(challenger: int, champion: int, least_share: float) -> dict[str, Any]:
    """Check that the data did not shrink: a part of a delivery is no reason to replace a model."""
    return {
        "name": "usable rows of the data",
        "figure": "rows",
        "challenger": challenger,
        "champion": champion,
        "allowed": rounded(least_share * champion),
        "failed": int(challenger < least_share * champion),
    }
