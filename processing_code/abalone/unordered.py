"""The rows of a query as the same batch, whatever their order and number of files.

Athena and Redshift write a result with several hands. So that the same rows are the same batch,
with the same numbers, they are sorted first, and hashed by their content.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from abalone.delivered_file import find_files
from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "rows.parquet"


class _Hash:
    """A file that keeps nothing but the hash of its content."""

    def __init__(self, digest: Any) -> None:
        self._digest = digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return len(data)


def in_one_order(folder: Path, scratch: Path) -> dict[Path, str]:
    """Write a query's rows to one file in `scratch`, in an order that only they determine."""
    files = find_files(folder)
    try:
        frames = [pl.read_parquet(path, glob=False) for path in files]
        frame = pl.concat(frames)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise JobError(f"the query's result is not Parquet of one form: {reason}") from None
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        raise JobError(f"column {nested[0]} of the query's result holds lists or structures")
    frame = frame.sort(frame.columns, nulls_last=True)
    digest = hashlib.sha256(repr(list(frame.schema.items())).encode())
    frame.write_csv(cast("Any", _Hash(digest)))
    file = scratch / _FILE
    frame.write_parquet(file, compression="uncompressed")
    return {file: digest.hexdigest()}
