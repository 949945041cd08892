"""The split into train, validation and test, which follows the rows, not their order.

A row's measurements and a fixed salt say whether it is a test row: it is one for every model,
whatever the seed, the files, the host, or the other rows, so no model has learned from it. The
others become validation rows by the seed, in the same share of each stratum (rows with about as
many rings). Identical rows never sit on two sides, where one would give the other away.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from abalone.schema import COLUMNS, FEATURES, SEX, TARGET, Columns
from tabular.failure import JobError

TRAIN: Final = 0
VALIDATION: Final = 1
TEST: Final = 2
NAMES: Final = ("train", "validation", "test")

SPLIT: Final = "measurements-1"
"""The name of the rule by which rows become test rows; another rule gets another name."""
FOLDS: Final = 5
# Beyond the seeds that a training takes.
_TEST_SALT: Final = 0x7465_7374 << 24
_FOLD_SALT: Final = 0x666F_6C64 << 24

SMALLEST_STRATUM: Final = 20
"""Rows a stratum needs, so that a share of 0.15 still means whole animals."""

# The constants of splitmix64 (Steele, Lea and Flood, 2014): any odd multiplier with well mixed
# bits would do, but these are known to leave no pattern.
_GOLDEN: Final = 0x9E3779B97F4A7C15
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_FINISH: Final = np.uint64(0x94D049BB133111EB)


def content_hash(
    columns: Columns, seed: int, names: tuple[str, ...] = COLUMNS
) -> npt.NDArray[np.uint64]:
    """Compute a number for every row from its content alone.

    Our own mixing instead of a library's hash: those may change between versions, and with them
    every split.
    """
    start = ((seed + 1) * _GOLDEN) % 2**64
    mixed = np.full(len(columns[names[0]]), start, dtype=np.uint64)
    for name in names:
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


def are_test_rows(columns: Columns, share: float) -> npt.NDArray[np.bool_]:
    """Return whether each row is a test row, by its measurements; a larger share adds rows.

    The rings do not count: an animal that is counted again stays where it is.
    """
    # Of 64 bits the 53 highest, which a float holds exactly.
    numbers = content_hash(columns, _TEST_SALT, FEATURES) >> np.uint64(11)
    chosen: npt.NDArray[np.bool_] = numbers.astype(np.float64) < share * 2.0**53
    return chosen


def fold_of(columns: Columns) -> npt.NDArray[np.int64]:
    """Return each row's fold of the cross-validation, by its measurements."""
    numbers = content_hash(columns, _FOLD_SALT, FEATURES)
    return (numbers % np.uint64(FOLDS)).astype(np.int64)


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

    The shares, each between 0 and 1, together below 1, are those of all rows. Validation rows meet
    theirs to the row, save where identical rows straddle a boundary: those stay together.
    """
    if not (0 < validation_share < 1 and 0 < test_share < 1 and validation_share + test_share < 1):
        raise JobError(
            f"--validation-share {validation_share:g} and --test-share {test_share:g}: each must "
            "lie between 0 and 1, and together they must leave rows to train on"
        )
    rings = columns[TARGET].astype(np.int64)
    splits = np.where(are_test_rows(columns, test_share), TEST, TRAIN).astype(np.int8)
    others = np.flatnonzero(splits == TRAIN)
    share = validation_share / (1 - test_share)
    numbers = content_hash(columns, seed)
    stratum = strata(rings[others]) if len(others) else others
    order = np.argsort(stratum, kind="stable")
    bounds = np.searchsorted(stratum[order], np.arange(stratum.max(initial=-1) + 2))
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        members = others[order[start:end]]
        # Rounding the running total, not each stratum, keeps the overall share exact.
        wanted = min(round(end * share) - round(start * share), len(members) - 1)
        own = numbers[members]
        splits[members[own < np.partition(own, wanted)[wanted]]] = VALIDATION
    for split, name in enumerate(NAMES):
        if not np.any(splits == split):
            raise JobError(
                f"{len(rings)} usable rows are too few for a split into train, validation and "
                f"test: {name} would be empty; bring more rows or change the shares"
            )
    return splits
