"""Parquet in and out of plain numpy columns, with what the image already holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from abalone.schema import ROW_ID, SEX, TARGET, Columns
from tabular.failure import JobError
from tabular.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATCH_ROWS = 1 << 18


def _to_columns(table: pa.Table) -> Columns:
    columns: Columns = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if name == SEX:
            encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            if isinstance(encoded, pa.ChunkedArray):
                encoded = encoded.combine_chunks()
            levels = np.array(encoded.dictionary.to_pylist(), dtype="U1")
            columns[name] = levels[encoded.indices.to_numpy(zero_copy_only=False)]
        else:
            kind = np.int64 if name in (ROW_ID, TARGET) else np.float64
            columns[name] = column.to_numpy(zero_copy_only=False).astype(kind, copy=False)
    return columns


def read_batches(path: Path, names: tuple[str, ...]) -> Iterator[Columns]:
    """Read a Parquet file in pieces that fit into any memory."""
    try:
        file = pq.ParquetFile(path)
        missing = [name for name in names if name not in file.schema_arrow.names]
        if missing:
            raise JobError(f"{path} lacks the columns {', '.join(missing)}")
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(names)):
            yield _to_columns(pa.Table.from_batches([batch]))
    except (OSError, pa.ArrowException) as error:
        raise JobError(f"cannot read {path}: {str(error).splitlines()[0]}") from None


def read_columns(path: Path, names: tuple[str, ...]) -> Columns:
    """Read a Parquet file."""
    batches = list(read_batches(path, names))
    if not sum(len(batch[names[0]]) for batch in batches):
        raise JobError(f"{path} has no rows")
    return {name: np.concatenate([batch[name] for batch in batches]) for name in names}


def write_columns(path: Path, columns: Columns) -> None:
    """Write columns as Parquet."""
    table = pa.table(dict(columns))
    write_whole(path, lambda beside: pq.write_table(table, beside, compression="zstd"))
