"""A request's records: a fast path for good ones, the numbers of the bad rows for the others."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import csv

from abalone.names import recognised
from abalone.records import RecordError, is_header, parse_record, split_fields
from abalone.schema import FEATURES, MEASUREMENTS, SEX, SEXES, Columns
from tabular.fields import is_blank

NAMED_ROWS: Final = 5
"""How many bad rows a message names; the rest is counted."""


class PayloadError(ValueError):
    """A request that cannot be answered; the message names the rows."""


def read_payload(body: bytes | str) -> Columns:
    """Read a `text/csv` request: lines of the eight raw columns, with or without their names.

    Raises
    ------
    PayloadError
        If there are no records, or some are bad: all or nothing, because a missing answer in the
        middle would shift all that follow.
    """
    raw = body.encode() if isinstance(body, str) else bytes(body)
    columns = _read_fast(raw)
    return _read_carefully(raw) if columns is None else columns


def _read_fast(raw: bytes) -> Columns | None:
    """Parse all at once; None if anything looks odd."""
    first, _, _ = raw.partition(b"\n")
    try:
        table = csv.read_csv(
            io.BytesIO(raw),
            read_options=csv.ReadOptions(
                column_names=list(FEATURES),
                skip_rows=int(is_header(first.decode(errors="replace"), FEATURES)),
                use_threads=False,
            ),
            parse_options=csv.ParseOptions(quote_char=False),
            convert_options=csv.ConvertOptions(
                column_types={SEX: pa.string(), **dict.fromkeys(MEASUREMENTS, pa.float64())},
                null_values=[],
            ),
        )
    except pa.ArrowException:
        return None
    sexes = table.column(SEX).combine_chunks().dictionary_encode()
    if isinstance(sexes, pa.ChunkedArray):
        sexes = sexes.combine_chunks()
    levels = sexes.dictionary.to_pylist()
    if not table.num_rows or not set(levels) <= set(SEXES):
        return None
    columns: Columns = {SEX: np.array(levels, dtype="U1")[sexes.indices.to_numpy()]}
    for name in MEASUREMENTS:
        values = table.column(name).to_numpy()
        if not np.all(np.isfinite(values) & (values > 0)):
            return None
        columns[name] = values
    return columns


def _judge(line: str) -> tuple[str, list[float]] | RecordError:
    try:
        return parse_record(line, FEATURES)
    except RecordError as error:
        return error


def _read_carefully(raw: bytes) -> Columns:
    """Parse record by record, and collect the faults."""
    lines = [line for line in raw.decode(errors="replace").split("\n") if not is_blank(line)]
    if lines and (named := recognised(split_fields(lines[0]))):
        if not is_header(lines[0], FEATURES):
            raise PayloadError(
                f"the first line names {len(named)} columns, but not these in this order: "
                f"{','.join(FEATURES)}"
            )
        del lines[0]
    if not lines:
        raise PayloadError(f"no records: send lines of {','.join(FEATURES)}")
    sexes: list[str] = []
    values: list[list[float]] = []
    faults: list[str] = []
    for number, line in enumerate(lines, start=1):
        match _judge(line):
            case (sex, numbers):
                sexes.append(sex)
                values.append(numbers)
            case RecordError() as error:
                faults.append(f"row {number}: {error}")
    if faults:
        more = len(faults) - NAMED_ROWS
        raise PayloadError(
            f"{len(faults)} of {len(lines)} records are unusable: "
            + "; ".join(faults[:NAMED_ROWS])
            + (f"; and {more} more" if more > 0 else "")
        )
    matrix = np.array(values, dtype=np.float64)
    return {
        SEX: np.array(sexes, dtype="U1"),
        **{name: matrix[:, position] for position, name in enumerate(MEASUREMENTS)},
    }
