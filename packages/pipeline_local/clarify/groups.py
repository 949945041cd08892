"""Groups of records: those with certain values, or above a threshold.

Source: SageMaker AI developer guide, "Analysis configuration files", `label_values_or_threshold`
and `value_or_threshold`: the threshold is the exclusive lower bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Mask = npt.NDArray[np.bool_]

# Whole numbers are continuous from this share of different values on.
_DIFFERENT = 0.05
_BINARY = 2
_TRUTHS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class Group:
    """A rule for being in a group."""

    values: tuple[Any, ...]  # empty when there is a threshold
    threshold: float
    shown: str  # the rule as analysis.json writes it

    @property
    def continuous(self) -> bool:
        """Return whether a threshold decides."""
        return not self.values

    def holds(self, column: pd.Series | Sequence[Any]) -> Mask:
        """Return which values are in the group."""
        import numpy as np

        if self.continuous:
            return np.asarray(column, dtype=float) > self.threshold
        wanted = {plain(value) for value in self.values}
        return np.array([plain(value) in wanted for value in column], dtype=bool)


def group_of(column: pd.Series, wanted: Sequence[Any], field: str) -> Group:
    """Parse the values or the threshold of a column's group."""
    if not wanted:
        raise Problem(f"analysis_config.json: {field}: is needed for column {column.name}")
    if len(wanted) > 1 or not is_continuous(column):
        return Group(tuple(wanted), 0.0, ",".join(map(str, wanted)))
    try:
        threshold = float(wanted[0])
    except ValueError:
        raise Problem(
            f"analysis_config.json: {field}: {wanted[0]!r} is not a threshold for the numbers of "
            f"column {column.name}"
        ) from None
    return Group((), threshold, f"({wanted[0]}, {column.max()}]")


def groups_of(column: pd.Series, wanted: Sequence[Any], field: str) -> list[Group]:
    """Return the configured group or, without one, a group per value of the column."""
    if wanted or is_continuous(column):
        return [group_of(column, wanted, field)]
    values = sorted(column.dropna().unique().tolist(), key=str)
    return [Group((value,), 0.0, str(value)) for value in values]


def is_continuous(column: pd.Series) -> bool:
    """Distinguish measured numbers from categories.

    Text and two values are categories; fractions are measured; whole numbers are when they are
    many (one in twenty different), as in AWS's open-source `smclarify`.
    """
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    present = column.dropna()
    different = present.nunique()
    if is_bool_dtype(column) or not is_numeric_dtype(column) or different <= _BINARY:
        return False
    whole = bool((present % 1 == 0).all())
    return not whole or different / len(present) >= _DIFFERENT


def plain(value: Any) -> Any:
    """Normalize a label or value: 1, 1.0 and "1" are equal, as are True, "True" and "true"."""
    if isinstance(value, str) and value.lower() in _TRUTHS:
        return _TRUTHS[value.lower()]
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None if value is None else str(value)
    # The text "nan" is a label as any other.
    return value if isinstance(value, str) and not math.isfinite(number) else number
