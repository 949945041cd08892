"""A query's rows as files, as Athena and Redshift leave them in S3.

Sources: Athena User Guide, "CREATE TABLE AS" (formats, compressions, defaults) and "Hive text file
format"; Redshift Database Developer Guide, "UNLOAD" (formats, names of files).
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.steps.queries.sql import ATHENA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa  # type: ignore[import-untyped]

# The services write several files side by side; jobs on several instances share them out.
ROWS_PER_FILE = 250_000
_NO_COMPRESSION = "None"


@dataclass(frozen=True)
class ResultForm:
    """Format and compression of a query's result."""

    service: str
    file_format: str
    compression: str


# Compressions by service and format, the default first.
COMPRESSIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "athena": {
        "PARQUET": ("GZIP", "SNAPPY"),
        "ORC": ("ZLIB", "SNAPPY"),
        "JSON": ("GZIP",),
        "TEXTFILE": ("GZIP",),
    },
    "redshift": {
        "PARQUET": ("SNAPPY", _NO_COMPRESSION),
        "CSV": (_NO_COMPRESSION, "GZIP", "BZIP2", "ZSTD"),
    },
}
_ENDINGS = {"GZIP": ".gz", "BZIP2": ".bz2", "ZSTD": ".zst"}


def form_problem(service: str, file_format: object, compression: object) -> str | None:
    """Return why a format and its compression are not supported, or None."""
    known = COMPRESSIONS[service]
    if file_format == "AVRO":
        return "OutputFormat: Avro cannot be written here; use PARQUET"
    if not isinstance(file_format, str) or file_format not in known:
        return f"OutputFormat: {file_format!r} is not known; choose one of {', '.join(known)}"
    if compression is not None and compression not in known[file_format]:
        fit = ", ".join(known[file_format])
        return f"OutputCompression: {compression} does not fit {file_format}; choose one of {fit}"
    return None


def form_of(service: str, file_format: str, compression: str | None) -> ResultForm:
    """Validate a form, and add the service's default compression where none is given."""
    if problem := form_problem(service, file_format, compression):
        raise MlopsError(problem)
    return ResultForm(service, file_format, compression or COMPRESSIONS[service][file_format][0])


def write_result(rows: pa.Table, form: ResultForm, folder: Path) -> list[Path]:
    """Write a result into a folder, the same bytes for the same rows; return the files.

    Without rows it is one file of Parquet or ORC with its columns, or else an empty file.
    """
    write = _WRITERS[form.file_format]
    name = hashlib.sha256(repr(rows.schema).encode()).hexdigest()[:12]
    starts = range(0, max(rows.num_rows, 1), ROWS_PER_FILE)
    files = []
    for number, start in enumerate(starts):
        path = folder / _file_name(form, number, name)
        write(rows.slice(start, ROWS_PER_FILE), form, path)
        files.append(path)
    return files


def _file_name(form: ResultForm, number: int, name: str) -> str:
    if form.service == ATHENA:
        # Athena's files of columns have no ending.
        ending = _ENDINGS.get(form.compression, "") if form.file_format in _TEXTS else ""
        return f"{number:05}_{name}{ending}"
    parquet = ".parquet" if form.file_format == "PARQUET" else ""
    return f"{number:04}_part_00{parquet or _ENDINGS.get(form.compression, '')}"


def _write_parquet(rows: pa.Table, form: ResultForm, path: Path) -> None:
    import pyarrow.parquet  # type: ignore[import-untyped]

    pyarrow.parquet.write_table(rows, path, compression=form.compression.lower())


def _write_orc(rows: pa.Table, form: ResultForm, path: Path) -> None:
    import pyarrow.orc  # type: ignore[import-untyped]

    pyarrow.orc.write_table(rows, path, compression=form.compression.lower())


def _write_json(rows: pa.Table, form: ResultForm, path: Path) -> None:
    import polars as pl

    with _compressed(path, form.compression) as file:
        pl.DataFrame(rows).write_ndjson(file)


def _write_text(rows: pa.Table, form: ResultForm, path: Path) -> None:
    """Write Hive's text: fields end with ^A, nulls are backslash N, nothing is quoted."""
    import polars as pl

    with _compressed(path, form.compression) as file:
        pl.DataFrame(rows).write_csv(
            file, include_header=False, separator="\x01", quote_style="never", null_value="\\N"
        )


def _write_csv(rows: pa.Table, form: ResultForm, path: Path) -> None:
    """Write UNLOAD's CSV: no header, booleans as t and f."""
    import polars as pl

    frame = pl.DataFrame(rows).with_columns(
        pl.col(pl.Boolean).replace_strict({True: "t", False: "f"}, return_dtype=pl.String)
    )
    with _compressed(path, form.compression) as file:
        frame.write_csv(file, include_header=False)


_TEXTS = ("JSON", "TEXTFILE")
_WRITERS: dict[str, Callable[[Any, ResultForm, Any], None]] = {
    "PARQUET": _write_parquet,
    "ORC": _write_orc,
    "JSON": _write_json,
    "TEXTFILE": _write_text,
    "CSV": _write_csv,
}


@contextmanager
def _compressed(path: Path, compression: str) -> Iterator[Any]:
    with path.open("wb") as raw:
        if compression == "GZIP":
            with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
                yield file
        elif compression == "BZIP2":
            with bz2.open(raw, "wb") as file:
                yield file
        elif compression == "ZSTD":
            import pyarrow as pa

            with pa.CompressedOutputStream(raw, "zstd") as file:
                yield file
        else:
            yield raw
