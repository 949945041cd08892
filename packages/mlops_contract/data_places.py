"""Where the files of a data set lie in the bucket of data: ``<data set>/<kind>/``."""

from __future__ import annotations

import re

# Rows to be scored, what came true of them, and rows to train with.
BATCH, TRUTH, RAW = "batch", "truth", "raw"
KINDS = (BATCH, TRUTH, RAW)
# Of the files that jobs read; those of a query have none.
ENDINGS = (".csv", ".data", ".tsv", ".txt", ".parquet", "")
# What refused files go under.
QUARANTINE = "quarantine"
DATASET_FORM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_DATASET = 32
DATASET_WORDS = (
    f"cannot name a data set; take 1 to {LONGEST_DATASET} lower-case letters, digits and single"
    f" hyphens, starting with a letter, and not {QUARANTINE}"
)


def is_dataset(name: str) -> bool:
    """Check whether a name can be that of a data set.

    Examples
    --------
    >>> [is_dataset(name) for name in ("flights", "flights-2", "a/b", "quarantine")]
    [True, True, False, False]
    """
    matches = DATASET_FORM.fullmatch(name) is not None
    return matches and len(name) <= LONGEST_DATASET and name != QUARANTINE


def data_prefix(dataset: str, kind: str) -> str:
    """Return the prefix of a data set's files of a kind.

    Examples
    --------
    >>> data_prefix("flights", BATCH)
    'flights/batch/'
    """
    return f"{dataset}/{kind}/"
