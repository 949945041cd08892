"""Tables of queries: files from the user, or tables in the local AWS's Glue catalogue."""

from __future__ import annotations

import hashlib
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import files_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa  # type: ignore[import-untyped]

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.steps.queries.sql import TableName
    from pipeline_schema.values import JsonObject

_CSV = (".csv", ".data", ".csv.gz")
_PARQUET = (".parquet",)
# Hive's names of types, as the Glue catalogue has them, for columns of text files.
_TYPES = {
    "tinyint": "int8",
    "smallint": "int16",
    "int": "int32",
    "integer": "int32",
    "bigint": "int64",
    "float": "float32",
    "double": "float64",
    "boolean": "bool",
    "date": "date32",
}
_DELIMITER = {"field.delim", "separatorchar"}


def parse_tables(given: Iterable[str]) -> dict[str, Path]:
    """Parse ``DATABASE.TABLE=PATH`` from the command line."""
    tables: dict[str, Path] = {}
    for text in given:
        name, equals, place = text.partition("=")
        path = Path(place).expanduser().resolve()
        if not (equals and name and place):
            raise MlopsError(f"--table {text!r}: write DATABASE.TABLE=PATH")
        if name.lower() in {each.lower() for each in tables}:
            raise MlopsError(f"--table {name}: is given twice")
        if not path.exists():
            raise MlopsError(f"--table {name}: {path} does not exist")
        _table_files(name, path)
        tables[name] = path
    return tables


def describe(tables: dict[str, Path]) -> dict[str, dict[str, str]]:
    """Return path and hash of each table, for the run's state."""
    return {
        name: {"path": str(path), "sha256": _digest(name, path)} for name, path in tables.items()
    }


def version_of(tables: dict[str, dict[str, str]]) -> str:
    """Hash the content of all tables, for step caching."""
    digests = sorted(f"{name.lower()}\0{facts['sha256']}" for name, facts in tables.items())
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def reader_of(name: str, facts: dict[str, str]) -> Callable[[], pa.Table]:
    """Return a function that reads a table from the user's files."""
    path = Path(facts["path"])
    if not path.exists():
        raise MlopsError(f"table {name}: {path} does not exist any more")
    if _digest(name, path) != facts["sha256"]:
        raise MlopsError(f"table {name}: {path} has changed since the start of the run")
    return partial(_read, name, _table_files(name, path))


def catalogued(client: Callable[[str], Any], name: TableName) -> JsonObject | None:
    """Find a table in the Glue catalogue of the local AWS."""
    from botocore.exceptions import ClientError

    try:
        answer = client("glue").get_table(DatabaseName=name.database, Name=name.table)
    except ClientError as error:
        if error.response["Error"]["Code"] == "EntityNotFoundException":
            return None
        raise MlopsError(f"table {name}: Glue: {error}") from None
    found: JsonObject = answer["Table"]
    return found


def read_catalogued(table: JsonObject, store: ObjectStore) -> pa.Table:
    """Read a table in the Glue catalogue, with partition columns (``day=2026-11-25``)."""
    import pyarrow as pa
    import pyarrow.dataset  # type: ignore[import-untyped]

    name = f"{table['DatabaseName']}.{table['Name']}"
    form = table.get("StorageDescriptor") or {}
    location = f"{form.get('Location', '').rstrip('/')}/"
    partitions = [(each["Name"], _type(each)) for each in table.get("PartitionKeys") or []]
    with tempfile.TemporaryDirectory(prefix="mlops-table-") as scratch:
        folder = Path(scratch)
        try:
            store.download(location, folder)
        except MlopsError as error:
            raise MlopsError(f"table {name}: {error}") from None
        paths = [str(each) for each in files_of(folder)]
        try:
            rows = pyarrow.dataset.dataset(
                paths,
                format=_format(name, form),
                partitioning=pa.dataset.partitioning(pa.schema(partitions), flavor="hive"),
                partition_base_dir=str(folder),
            ).to_table()
        except (pa.ArrowException, OSError) as error:
            raise MlopsError(f"table {name}: {_first_line(error)}") from None
    return rows


def _format(name: str, form: JsonObject) -> Any:
    import pyarrow as pa
    import pyarrow.csv  # type: ignore[import-untyped]
    import pyarrow.dataset

    serde = form.get("SerdeInfo") or {}
    library = str(serde.get("SerializationLibrary", "")).lower()
    if "parquet" in library:
        return "parquet"
    if not any(kind in library for kind in ("lazysimple", "opencsv")):
        raise MlopsError(f"table {name}: its format is neither CSV nor Parquet ({library})")
    settings = {key.lower(): value for key, value in (serde.get("Parameters") or {}).items()}
    more = {key.lower(): value for key, value in (form.get("Parameters") or {}).items()}
    skipped = int({**more, **settings}.get("skip.header.line.count", 0))
    columns = [(each["Name"], _type(each)) for each in form.get("Columns") or []]
    delimiter = next((settings[key] for key in sorted(_DELIMITER & set(settings))), ",")
    return pa.dataset.CsvFileFormat(
        parse_options=pa.csv.ParseOptions(delimiter=delimiter),
        read_options=pa.csv.ReadOptions(
            column_names=[column for column, _ in columns], skip_rows=skipped
        ),
        convert_options=pa.csv.ConvertOptions(column_types=dict(columns)),
    )


def _type(column: JsonObject) -> Any:
    import pyarrow as pa

    return pa.type_for_alias(_TYPES.get(str(column.get("Type", "")).lower(), "string"))


def _table_files(name: str, path: Path) -> list[Path]:
    files = [path] if path.is_file() else list(files_of(path))
    found = [each for each in files if each.name.lower().endswith((*_CSV, *_PARQUET))]
    if not found or (path.is_dir() and len({_is_parquet(each) for each in found}) > 1):
        raise MlopsError(
            f"table {name}: {path} must be *.csv or *.parquet, or a folder of one kind"
        )
    return found


def _is_parquet(path: Path) -> bool:
    return path.name.lower().endswith(_PARQUET)


def _read(name: str, files: list[Path]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet  # type: ignore[import-untyped]

    parts = []
    for path in files:
        try:
            part = (
                pyarrow.parquet.ParquetFile(path).read()
                if _is_parquet(path)
                else pyarrow.csv.read_csv(path)
            )
        except (pa.ArrowException, OSError) as error:
            raise MlopsError(f"table {name}: {path.name}: {_first_line(error)}") from None
        if not _is_parquet(path):
            _check_header(name, path, part.column_names)
        parts.append(part)
    try:
        return pa.concat_tables(parts, promote_options="permissive")
    except pa.ArrowException as error:
        raise MlopsError(f"table {name}: {_first_line(error)}") from None


def _check_header(name: str, path: Path, columns: list[str]) -> None:
    numbers = [column for column in columns if column.replace(".", "", 1).lstrip("+-").isdigit()]
    if numbers or len(set(columns)) < len(columns) or not all(columns):
        raise MlopsError(f"table {name}: the first line of {path.name} must name the columns")


def _digest(name: str, path: Path) -> str:
    digest = hashlib.sha256()
    for file in _table_files(name, path):
        relative = file.name if path.is_file() else file.relative_to(path).as_posix()
        with file.open("rb") as content:
            digest.update(f"{relative}\0".encode())
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
