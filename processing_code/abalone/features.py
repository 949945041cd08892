"""The model's features: shapes, densities and shares made from an animal's raw measurements.

An old abalone has a thick shell: its age shows in how heavy the shell is *for its size* and how
little of the weight is meat. Trees split on one column at a time, so ratios that they would have
to approximate with many splits are handed to them ready-made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from abalone.schema import MEASUREMENTS, FloatArray

Measured = Mapping[str, FloatArray]
"""The measurements of some rows by name, all positive."""


def _raw(name: str) -> Callable[[Measured], FloatArray]:
    return lambda row: row[name]


def _log_ratio(above: str, below: str) -> Callable[[Measured], FloatArray]:
    return lambda row: np.log(row[above] / row[below])


def _box(row: Measured) -> FloatArray:
    """Volume of the box around the shell, a stand-in for the animal's own."""
    return row["length"] * row["diameter"] * row["height"]


RECIPES: Final[dict[str, Callable[[Measured], FloatArray]]] = {
    **{name: _raw(name) for name in MEASUREMENTS},
    "log_shell_to_shucked": _log_ratio("shell_weight", "shucked_weight"),
    "log_shucked_share": _log_ratio("shucked_weight", "whole_weight"),
    "log_viscera_share": _log_ratio("viscera_weight", "whole_weight"),
    "log_shell_share": _log_ratio("shell_weight", "whole_weight"),
    "log_roundness": _log_ratio("diameter", "length"),
    "log_height_to_length": _log_ratio("height", "length"),
    "log_density": lambda row: np.log(row["whole_weight"] / _box(row)),
    "log_shell_to_area": lambda row: np.log(
        row["shell_weight"] / (row["length"] * row["diameter"])
    ),
    "log_shucked_to_cube": lambda row: np.log(row["shucked_weight"] / row["length"] ** 3),
    "shell_to_square": lambda row: row["shell_weight"] / row["length"] ** 2,
    "shucked_density": lambda row: row["shucked_weight"] / _box(row),
    "shell_density": lambda row: row["shell_weight"] / _box(row),
    "lost_share": lambda row: (
        (row["whole_weight"] - row["shucked_weight"] - row["viscera_weight"] - row["shell_weight"])
        / row["whole_weight"]
    ),
}
"""How to make each numeric feature. A recipe never changes: a better one gets another name, so
that a name in a shipped transformer always means what it meant."""
