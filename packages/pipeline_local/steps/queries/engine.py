"""DuckDB in isolation: it sees the given tables and nothing else of this machine."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.work import RunStopped
from pipeline_local.steps.queries.sql import parse, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import duckdb
    import pyarrow as pa  # type: ignore[import-untyped]

    from pipeline_local.steps.queries.sql import Dialect, TableName

# No file, no network, no extension, none of this process's variables; and that is final.
_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
}
_LOCKED_LATER = ("python_enable_replacements = false", "lock_configuration = true")
_INCOMING = "incoming"
# Sums of whole numbers: the services keep them in 64 bits.
_WIDE = {"HUGEINT": "BIGINT", "UHUGEINT": "BIGINT", "BIGNUM": "BIGINT"}


def run_query(
    text: str,
    dialect: Dialect,
    tables: Mapping[TableName, Callable[[], pa.Table]],
    stop: threading.Event | None = None,
) -> pa.Table:
    """Run a query; column names are in lower case, as both services write them."""
    import duckdb

    query = parse(text, dialect)
    stop = stop or threading.Event()
    with duckdb.connect(":memory:", config=_LOCKED) as database:
        for setting in _LOCKED_LATER:
            database.execute(f"SET {setting}")
        for name, read in tables.items():
            _load(database, name, read())
        kinds = {name: _columns(database, f"FROM {_quoted(name)}") for name in tables}
        sql = translate(query, dialect, kinds)
        try:
            with _interrupted(database, stop):
                found: Any = database.sql(_narrowed(database, sql)).to_arrow_table()
        except duckdb.Error as error:
            if stop.is_set():
                raise RunStopped from None
            raise MlopsError(f"the query: {str(error).splitlines()[0]}") from None
    return found.rename_columns([name.lower() for name in found.column_names])


def _load(database: duckdb.DuckDBPyConnection, name: TableName, rows: pa.Table) -> None:
    database.register(_INCOMING, rows)
    database.execute(f"CREATE SCHEMA IF NOT EXISTS {_identifier(name.database)}")
    database.execute(f"CREATE TABLE {_quoted(name)} AS FROM {_INCOMING}")
    database.unregister(_INCOMING)


def _columns(database: duckdb.DuckDBPyConnection, sql: str) -> dict[str, str]:
    return {row[0]: row[1] for row in database.execute(f"DESCRIBE {sql}").fetchall()}


def _narrowed(database: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Cast sums of integers to the 64 bits that the services return."""
    wide = {name: _WIDE[kind] for name, kind in _columns(database, sql).items() if kind in _WIDE}
    if not wide:
        return sql
    casts = (
        f"CAST({_identifier(name)} AS {kind}) AS {_identifier(name)}" for name, kind in wide.items()
    )
    return f"SELECT * REPLACE ({', '.join(casts)}) FROM ({sql})"  # noqa: S608 - names are quoted


@contextmanager
def _interrupted(database: duckdb.DuckDBPyConnection, stop: threading.Event) -> Iterator[None]:
    """Interrupt the database as soon as the run is stopped."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            if stop.is_set():
                database.interrupt()

    watcher = threading.Thread(target=watch, name="query", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _quoted(name: TableName) -> str:
    return f"{_identifier(name.database)}.{_identifier(name.table)}"


def _identifier(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
