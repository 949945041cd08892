"""The rows that jobs hand on: files of texts with names, which the schema reads again."""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING, Final

import pandas as pd

from tabular.failure import JobError
from tabular.files import write_whole
from tabular.values import convert, filled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tabular.schema import Schema

SALT: Final = b"tabular-split-1"
_PARTS: Final = 10_000


def clean(texts: pd.DataFrame, schema: Schema, names: Sequence[str]) -> pd.DataFrame:
    """Strip texts, and leave nothing of missing values; a row is a line."""
    columns = {
        name: filled(texts[name], schema).str.replace(r"[\r\n]+", " ", regex=True) for name in names
    }
    return pd.DataFrame(columns, index=texts.index)


def write_rows(path: Path, rows: pd.DataFrame, *, names: bool = True) -> None:
    """Write a frame of texts as CSV."""
    write_whole(
        path,
        lambda beside: rows.to_csv(beside, index=False, header=names, quoting=csv.QUOTE_MINIMAL),
    )


def read_texts(path: Path) -> pd.DataFrame:
    """Read what `write_rows` wrote."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)


def read_values(path: Path, schema: Schema, names: Sequence[str]) -> pd.DataFrame:
    """Read the values of rows that were checked before."""
    found = convert(read_texts(path), schema, names)
    if found.faults:
        row, (_, detail) = next(iter(found.faults.items()))
        raise JobError(f"{path.name}, row {row + 1}: {detail}: it was made with another schema")
    if not len(found.good):
        raise JobError(f"{path.name} has no rows")
    return found.good


def content_hashes(rows: pd.DataFrame) -> pd.Series:
    """Hash each row's content under a fixed salt, the same whatever stands around it."""
    # One by one: a column of dates as a whole has times or not by the rows around.
    columns = {name: column.map(str).where(column.notna(), "") for name, column in rows.items()}
    texts = pd.DataFrame(columns, index=rows.index, dtype=object).agg("\x1f".join, axis="columns")
    return texts.map(
        lambda text: int.from_bytes(
            hashlib.blake2b(text.encode(), digest_size=8, key=SALT).digest(), "big"
        )
    )


def is_test(hashes: pd.Series, share: float) -> pd.Series:
    """Choose the test rows: the same ones for every model, seed and amount of data."""
    return hashes.map(lambda number: number % _PARTS < share * _PARTS).astype(bool)
