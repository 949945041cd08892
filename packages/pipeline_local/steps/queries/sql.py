"""The SQL dialects of Athena and Redshift: tables of a query, and its translation to DuckDB."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

# API Reference, AthenaDatasetDefinition and RedshiftDatasetDefinition.
LONGEST_QUERY = 4096
ATHENA, REDSHIFT = "athena", "redshift"


class TableName(NamedTuple):
    """A table's name in lower case, as both services ignore case."""

    database: str
    table: str

    def __str__(self) -> str:
        """Return DATABASE.TABLE."""
        return f"{self.database}.{self.table}"


@dataclass(frozen=True)
class Dialect:
    """A service's SQL, and the defaults for names without catalog or database."""

    service: str
    catalog: str
    database: str

    def name_of(self, text: str) -> TableName:
        """Parse TABLE, DATABASE.TABLE or CATALOG.DATABASE.TABLE."""
        *before, table = text.lower().split(".")
        if before[:-1] == [self.catalog.lower()]:
            before = before[1:]
        return TableName(".".join(before) or self.database.lower(), table)


def parse(text: str, dialect: Dialect) -> exp.Query:
    """Parse a query."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if len(text) > LONGEST_QUERY:
        raise MlopsError(f"the query has {len(text)} characters; SageMaker allows {LONGEST_QUERY}")
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        found = [each for each in sqlglot.parse(text, read=dialect.service) if each is not None]
    except SqlglotError as error:
        reason = str(error).splitlines()[0]
        raise MlopsError(f"the query is not {dialect.service}'s SQL: {reason}") from None
    if len(found) != 1:
        raise MlopsError(f"the query is {len(found)} statements; it must be one")
    if not isinstance(found[0], exp.Query):
        raise MlopsError(
            "the query returns no rows; it must be one SELECT, with WITH or UNION or not"
        )
    if dialect.service == ATHENA:
        _check_names(found[0])
    return found[0]


def tables_of(query: exp.Query, dialect: Dialect) -> list[TableName]:
    """List the tables that a query reads, sorted."""
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    found = {
        _named(source, dialect)
        for scope in traverse_scope(query)
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    }
    return sorted(found)


def translate(
    query: exp.Query, dialect: Dialect, columns: Mapping[TableName, Mapping[str, str]]
) -> str:
    """Translate a query for DuckDB."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.qualify import qualify

    query = query.copy()
    for table in query.find_all(exp.Table):
        table.set("catalog", None)
    schema: dict[str, Any] = {}
    for name, kinds in columns.items():
        types = {column: _kind(kind) for column, kind in kinds.items()}
        schema.setdefault(name.database, {})[name.table] = types
    try:
        whole = qualify(
            query,
            dialect=dialect.service,
            db=dialect.database.lower(),
            schema=schema,
            quote_identifiers=False,
            identify=False,
        )
        return annotate_types(whole, schema=schema, dialect=dialect.service).sql(dialect="duckdb")
    except SqlglotError as error:
        raise MlopsError(f"the query: {str(error).splitlines()[0]}") from None


def _kind(name: str) -> exp.DataType:
    """Parse DuckDB's name of a type; "unknown" for those that sqlglot does not know."""
    from sqlglot import exp
    from sqlglot.errors import ParseError

    try:
        return exp.DataType.build(name, dialect="duckdb")
    except ParseError:
        return exp.DataType.build("unknown")


def _named(table: exp.Table, dialect: Dialect) -> TableName:
    from sqlglot import exp

    if not isinstance(table.this, exp.Identifier):
        raise MlopsError(
            f"the query reads {table.sql(dialect=dialect.service)}, which is not a table"
        )
    if table.catalog and table.catalog.lower() != dialect.catalog.lower():
        raise MlopsError(
            f"the query reads {table.sql(dialect=dialect.service)}, which is not in"
            f" {dialect.catalog}"
        )
    return TableName((table.db or dialect.database).lower(), table.name.lower())


def _check_names(query: exp.Query) -> None:
    """Refuse what Athena refuses of a CREATE TABLE AS."""
    from sqlglot import exp

    columns = [each for each in query.selects if not each.is_star]
    for each in columns:
        if not (isinstance(each, exp.Column | exp.Dot) or each.alias):
            shown = each.sql(dialect=ATHENA)
            raise MlopsError(f"a column of the query has no name: write {shown} AS …")
    names = [each.alias_or_name.lower() for each in columns]
    twice = {name for name in names if names.count(name) > 1}
    if twice and not isinstance(query, exp.SetOperation):
        raise MlopsError(f"several columns of the query are named {min(twice)!r}")
