"""Delivered files as one table of texts, in which every row has a number.

Files are read as people send them (`tabular.csv_form`): whatever is recognised is also said, and
what is not recognised is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from tabular.csv_form import SURROGATE, find_form, read_records
from tabular.failure import JobError
from tabular.names import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tabular.schema import Schema

CSV_SUFFIXES: Final = (".csv", ".data", ".tsv", ".txt")
_INDEX: Final = "__index_level_"  # what pandas calls an index without a name
PARQUET_SUFFIXES: Final = (".parquet", "")  # queries name their results without an ending


@dataclass(frozen=True)
class Table:
    """The rows of the files, numbered from 1 over all files in name order.

    `texts` has the schema's columns and the id as far as the files have them; `broken` says of the
    rows that are no record why, and `raw` holds their text.
    """

    texts: pd.DataFrame
    broken: dict[int, tuple[str, str]] = field(default_factory=dict)
    raw: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Number of rows, good or not."""
        return len(self.texts) + len(self.broken)


def find_files(folder: Path) -> list[Path]:
    """List the files of a table, at any depth, in name order."""
    known = (*CSV_SUFFIXES, *PARQUET_SUFFIXES)
    paths = [
        path
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix())
        if path.is_file() and path.suffix.lower() in known and path.stat().st_size
    ]
    if not paths:
        raise JobError(
            f"no rows below {folder}: put *.csv or *.parquet under the input's S3 prefix"
        )
    return paths


def read_table(folder: Path, files: Sequence[Path], schema: Schema) -> Table:
    """Read files of one form."""
    known = _known(schema)
    frames: list[pd.DataFrame] = []
    table = Table(pd.DataFrame())
    for path in files:
        name = path.relative_to(folder).as_posix()
        before = table.read + sum(map(len, frames))
        if path.suffix.lower() in PARQUET_SUFFIXES:
            frame = _read_parquet(path, name, known, schema)
            frame.index = pd.RangeIndex(before + 1, before + 1 + len(frame))
        else:
            frame = _read_csv(path, name, known, table, before)
        wanted = [each for each in frame.columns if each in known.columns]
        if surplus := [each for each in frame.columns if each and each not in wanted]:
            others = ", ".join(surplus)
            table.notes.append(f"{name}: columns that the schema does not name: {others}")
        if frames and {*frames[0].columns} != {*wanted}:
            raise JobError(f"{name} has other columns than the files before it")
        frames.append(frame[wanted])
    whole = Table(pd.concat(frames), table.broken, table.raw, table.notes)
    if not whole.read:
        raise JobError(f"the files below {folder} have no rows")
    return whole


def _read_csv(path: Path, name: str, known: Vocabulary, table: Table, before: int) -> pd.DataFrame:
    """Read a file's records, numbered after `before`; say in `table` what is wrong with others."""
    form = find_form(path, name, known)
    if not form.columns:
        raise JobError(f"{name} has no line that names its columns: put one first")
    table.notes.extend([form.note] * bool(form.note))
    whole: dict[int, list[str]] = {}
    width = len(form.columns)
    for number, (_, text, fields) in enumerate(read_records(form), start=before + 1):
        if fields is None or len(fields) != width or SURROGATE.search(text):
            found = "" if fields is None else f": {len(fields)} fields, not {width}"
            table.broken[number] = ("broken_row", f"{name} is no whole record{found}")
            table.raw[number] = SURROGATE.sub("\ufffd", text)
        elif len(known.recognised(fields)) > 1:
            raise JobError(f"{name}: a line within it names the columns again: {text[:200]}")
        else:
            whole[number] = fields
    return pd.DataFrame(
        list(whole.values()), columns=list(form.columns), index=list(whole), dtype=object
    )


def _known(schema: Schema) -> Vocabulary:
    levels = {level for column in schema.columns.values() for level in column.levels}
    return Vocabulary([*schema.columns, *([schema.id] if schema.id else [])], levels)


def _read_parquet(path: Path, name: str, known: Vocabulary, schema: Schema) -> pd.DataFrame:
    """Read Parquet as the texts that a CSV file would have.

    Of Arrow's own values: pandas makes floating-point numbers of integers beside a missing one,
    and so other ids.
    """
    try:
        table = pq.read_table(path, partitioning=None)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise JobError(f"{name} is neither CSV nor readable Parquet: {reason}") from None
    table = table.select([each for each in table.column_names if not each.startswith(_INDEX)])
    columns = known.name_columns(table.column_names)
    if len({*columns}) != len(columns):
        raise JobError(f"{name} names a column twice: {', '.join(table.column_names)}")
    texts = {}
    for column, values in zip(columns, table.columns, strict=True):
        if column == schema.id and pa.types.is_floating(values.type):
            raise JobError(
                f"{name}: column {column} holds floating-point numbers, which lose digits of long "
                "ids: write ids as text or integers"
            )
        known_column = schema.columns.get(column)
        form = known_column.format if known_column else ""
        texts[column] = [_text(value, form) for value in values.to_pylist()]
    return pd.DataFrame(texts, dtype=object)


def _text(value: object, form: str) -> str:
    if isinstance(value, list | dict | tuple):
        raise JobError("a column of a Parquet file holds lists or structures, not values")
    if isinstance(value, bytes):  # what Hive and Impala write as text has no mark of it
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise JobError("a column of a Parquet file holds bytes that are no text") from None
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date) and form:
        return value.strftime(form)
    return str(value)
