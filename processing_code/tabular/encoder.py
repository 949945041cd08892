"""Values as the matrix that an estimator learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_LEVELS: Final = 30
"""Levels with a column of their own, the most frequent; all others have zeros in all of them."""
_MISSING: Final = "(missing)"
_DAY: Final = 86_400.0


@dataclass(frozen=True)
class Encoder:
    """What was learnt of the training rows: the kind of each column, and the levels of categories.

    Numbers stay, NaN where missing; a date becomes days since 1970, day of the year, weekday and
    hour; a category an indicator for each level.
    """

    kinds: dict[str, str]
    levels: dict[str, tuple[str, ...]]

    @classmethod
    def fit(cls, frame: pd.DataFrame) -> Encoder:
        """Learn from the values of the training rows."""
        kinds, levels = {}, {}
        for name, column in frame.items():
            if pd.api.types.is_datetime64_any_dtype(column):
                kinds[str(name)] = "date"
            elif pd.api.types.is_numeric_dtype(column):
                kinds[str(name)] = "number"
            else:
                kinds[str(name)] = "category"
                counts = column.fillna(_MISSING).value_counts()
                ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
                levels[str(name)] = tuple(str(level) for level, _ in ranked[:MOST_LEVELS])
        return cls(kinds, levels)

    @property
    def names(self) -> list[str]:
        """Names of the matrix's columns."""
        found = []
        for name, kind in self.kinds.items():
            if kind == "category":
                found += [f"{name}={level}" for level in self.levels[name]]
            else:
                parts = ("days", "day_of_year", "weekday", "hour") if kind == "date" else ()
                found += [f"{name}.{part}" for part in parts] or [name]
        return found

    def matrix(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Encode rows."""
        columns: list[npt.NDArray[Any]] = []
        for name, kind in self.kinds.items():
            column = frame[name]
            if kind == "number":
                columns.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
            elif kind == "date":
                seconds = column.astype("datetime64[s]").astype("int64").astype("float64")
                days = (seconds / _DAY).where(column.notna())
                parts = (days, column.dt.day_of_year, column.dt.day_of_week, column.dt.hour)
                columns += [part.to_numpy(dtype=np.float64, na_value=np.nan) for part in parts]
            else:
                texts = column.fillna(_MISSING).to_numpy(dtype=object)
                columns += [(texts == level).astype(np.float64) for level in self.levels[name]]
        return np.column_stack(columns)
