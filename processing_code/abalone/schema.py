"""The record of this product: its columns, their order and their limits."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

SEX: Final = "sex"
SIZES: Final = ("length", "diameter", "height")
"""Shell dimensions; the published file holds millimetres divided by 200."""
WEIGHTS: Final = ("whole_weight", "shucked_weight", "viscera_weight", "shell_weight")
"""Weights; the published file holds grams divided by 200."""
MEASUREMENTS: Final = (*SIZES, *WEIGHTS)
FEATURES: Final = (SEX, *MEASUREMENTS)
"""The raw columns, in the order in which a record carries them."""
TARGET: Final = "rings"
COLUMNS: Final = (*FEATURES, TARGET)
ID: Final = "id"
"""The sender's name of a row."""
ROW_ID: Final = "row_id"

SEXES: Final = ("F", "I", "M")
"""Female, infant, male."""
MOST_RINGS: Final = 100
"""Rings count years, less one and a half: a hundred is a slip of the pen, not an abalone."""

Columns = dict[str, npt.NDArray[Any]]
"""Raw columns by name: `sex` as one-letter strings, the measurements as float64."""
FloatArray = npt.NDArray[np.float64]
