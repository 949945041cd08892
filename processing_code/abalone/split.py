"""The seeded split into train, validation and test, which follows the rows, not their order.

Each row gets a number from its own content and the seed. Inside a stratum (rows with about as
many rings) the rows with the smallest numbers are the test split, the next ones validation, the
rest training. So the same rows always land in the same splits, however the files were sorted,
cut or named, and two identical rows never sit on both sides, where one would give the other away.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from abalone.schema import COLUMNS, SEX, TARGET, Columns
from tabular.failure import JobError

TRAIN: Final = 0
VALIDATION: Final = 1
TEST: Final = 2
NAMES: Final = ("train", "validation", "test")

SMALLEST_STRATUM: Final = 20
"""Rows a stratum needs, so that a share of 0.15 still means whole animals."""

# The constants of splitmix64 (Steele, Lea and Flood, 2014): any odd multiplier with well mixed
# bits would do, but these are known to leave no pattern.
_GOLDEN: Final = 0x9E3779B97F4A7C15
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_FINISH: Final = np.uint64(0x94D049BB133111EB)


def content_hash(columns: Columns, seed: int) -> npt.NDArray[np.uint64]:
    """Compute a number for every row from its content alone.

    Our own mixing instead of a library's hash: those may change between versions, and with them
    every split.
    """
    start = ((seed + 1) * _GOLDEN) % 2**64
    mixed = np.full(len(columns[TARGET]), start, dtype=np.uint64)
    for name in COLUMNS:
        column = columns[name]
        if name == SEX:
            bits = column.astype("U1").view(np.uint32).astype(np.uint64)
        else:
            # Adding zero turns -0.0 into 0.0, which compares equal and must hash equal.
            bits = (column.astype(np.float64) + 0.0).view(np.uint64)
        mixed ^= bits
        mixed *= _MIX
        mixed ^= mixed >> np.uint64(29)
    mixed *= _FINISH
    mixed ^= mixed >> np.uint64(32)
    return mixed


def strata(rings: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return each row's stratum, by about as many rings, rare values with their neighbours.

    Each stratum has at least `SMALLEST_STRATUM` rows, unless there are fewer altogether.
    """
    counts = np.bincount(rings)
    stratum_of = np.zeros(len(counts), dtype=np.int64)
    stratum, held = 0, 0
    for value, count in enumerate(counts.tolist()):
        stratum_of[value] = stratum
        held += count
        if held >= SMALLEST_STRATUM:
            stratum, held = stratum + 1, 0
    if held and stratum:  # what is left over joins the last full stratum
        stratum_of[stratum_of == stratum] = stratum - 1
    assigned: npt.NDArray[np.int64] = stratum_of[rings]
    return assigned


def assign(
    columns: Columns, *, seed: int, validation_share: float, test_share: float
) -> npt.NDArray[np.int8]:
    """Assign every row that passed validation to a split.

    The shares, each between 0 and 1, together below 1, are met to the row, save where identical
    rows straddle a boundary: those stay together.
    """
    if not (0 < validation_share < 1 and 0 < test_share < 1 and validation_share + test_share < 1):
        raise JobError(
            f"--validation-share {validation_share:g} and --test-share {test_share:g}: each must "
            "lie between 0 and 1, and together they must leave rows to train on"
        )
    rings = columns[TARGET].astype(np.int64)
    numbers = content_hash(columns, seed)
    splits = np.full(len(rings), TRAIN, dtype=np.int8)
    stratum = strata(rings) if len(rings) else rings
    order = np.argsort(stratum, kind="stable")
    bounds = np.searchsorted(stratum[order], np.arange(stratum.max(initial=-1) + 2))
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        members = order[start:end]
        # Rounding the running total, not each stratum, keeps the overall shares exact.
        tests = round(end * test_share) - round(start * test_share)
        validations = round(end * validation_share) - round(start * validation_share)
        own = numbers[members]
        last = len(own) - 1
        cuts = np.partition(own, [min(tests, last), min(tests + validations, last)])
        splits[members[own < cuts[min(tests + validations, last)]]] = VALIDATION
        splits[members[own < cuts[min(tests, last)]]] = TEST
    for split, name in enumerate(NAMES):
        if not np.any(splits == split):
            raise JobError(
                f"{len(rings)} usable rows are too few for a split into train, validation and "
                f"test: {name} would be empty; bring more rows or change the shares"
            )
    return splits
