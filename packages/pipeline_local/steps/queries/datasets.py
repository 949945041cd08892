"""Validation and execution of `DatasetDefinition`, a job's input that is a query.

Source: SageMaker API Reference, DatasetDefinition, AthenaDatasetDefinition and
RedshiftDatasetDefinition.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import join_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps.queries.engine import run_query
from pipeline_local.steps.queries.results import form_of, form_problem, write_result
from pipeline_local.steps.queries.sql import ATHENA, REDSHIFT, Dialect, TableName, parse, tables_of
from pipeline_local.steps.queries.tables import catalogued, read_catalogued, reader_of
from pipeline_schema.expressions import is_expression
from pipeline_schema.parameters import put_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa  # type: ignore[import-untyped]

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Definition
    from pipeline_schema.values import Json, JsonObject

_MEMBERS = {"AthenaDatasetDefinition": ATHENA, "RedshiftDatasetDefinition": REDSHIFT}
_PUBLIC = "public"


@dataclass(frozen=True)
class Query:
    """A query of a definition, every expression evaluated."""

    text: str
    dialect: Dialect
    request: JsonObject

    def tables(self) -> list[TableName]:
        """List the tables that it reads."""
        return tables_of(parse(self.text, self.dialect), self.dialect)


def problems(dataset: Any) -> Iterator[str]:
    """Validate a `DatasetDefinition`, as far as it is known before a run."""
    found = [member for member in _MEMBERS if isinstance(dataset.get(member), dict)]
    if len(found) != 1:
        yield f"DatasetDefinition: must have one of {' and '.join(_MEMBERS)}"
        return
    request = dataset[found[0]]
    path = f"DatasetDefinition.{found[0]}"
    form = (request.get("OutputFormat"), request.get("OutputCompression"))
    known = not any(map(is_expression, form))
    if known and (problem := form_problem(_MEMBERS[found[0]], *form)):
        yield f"{path}.{problem}"
    if not _open_fields(dataset):
        try:
            query_of(dataset).tables()
        except MlopsError as error:
            yield f"{path}.QueryString: {error}"


def query_of(dataset: JsonObject) -> Query:
    """Parse the query of a `DatasetDefinition`."""
    (member,) = (each for each in _MEMBERS if each in dataset)
    request = dataset[member]
    database = str(request["Database"])
    service = _MEMBERS[member]
    dialect = (
        Dialect(service, str(request["Catalog"]), database)
        if service == ATHENA
        else Dialect(service, database, _PUBLIC)
    )
    return Query(str(request["QueryString"]), dialect, request)


def check_tables(
    definition: Definition,
    parameters: Mapping[str, Json],
    given: Mapping[str, object],
    client: Callable[[str], Any],
) -> None:
    """Refuse a run whose queries read tables that are missing here."""
    read: set[str] = set()
    missing: list[str] = []
    for query in _known_queries(definition, parameters):
        names = {query.dialect.name_of(name): name for name in given}
        for table in query.tables():
            if table in names:
                read.add(names[table])
            elif query.dialect.service == REDSHIFT or catalogued(client, table) is None:
                missing.append(str(table))
    if missing:
        wanted = " ".join(f"--table {name}=PATH" for name in dict.fromkeys(missing))
        raise MlopsError(f"the query reads tables that are not here; give their rows: {wanted}")
    if unread := [name for name in given if name not in read]:
        raise MlopsError(f"--table {unread[0]}: no query of pipeline {definition.name} reads it")


def run_dataset(work: Work, name: str, dataset: JsonObject) -> JsonObject:
    """Execute a query, upload its result and return the `S3Input` of it."""
    query, store = query_of(dataset), work.run.store
    request, service = query.request, query.dialect.service
    try:
        form = form_of(service, request["OutputFormat"], request.get("OutputCompression"))
        rows = run_query(query.text, query.dialect, _readers(query, work), work.run.stop)
        # A folder for each query, as each table that Athena makes has one of its own.
        digest = hashlib.sha256(f"{work.job_name}\0{name}".encode()).hexdigest()[:32]
        place = join_uri(request["OutputS3Uri"], digest) + "/"
        with tempfile.TemporaryDirectory(prefix="mlops-query-") as scratch:
            write_result(rows, form, Path(scratch))
            store.upload_folder(Path(scratch), place)
    except MlopsError as error:
        raise StepFailed(f"ClientError: input {name}: {error}") from None
    return {
        "S3Uri": place,
        "LocalPath": dataset["LocalPath"],
        "S3DataType": "S3Prefix",
        # SageMaker's own choice for what queries give.
        "S3DataDistributionType": dataset.get("DataDistributionType", "ShardedByS3Key"),
    }


def _readers(query: Query, work: Work) -> dict[TableName, Callable[[], pa.Table]]:
    given = {query.dialect.name_of(name): (name, facts) for name, facts in work.run.tables.items()}
    readers: dict[TableName, Callable[[], pa.Table]] = {}
    for table in query.tables():
        if table in given:
            readers[table] = reader_of(*given[table])
            continue
        found = catalogued(work.run.client, table) if query.dialect.service == ATHENA else None
        if found is None:
            raise MlopsError(f"table {table} is not here: give its rows with --table {table}=PATH")
        readers[table] = partial(read_catalogued, found, work.run.store)
    return readers


def _known_queries(definition: Definition, parameters: Mapping[str, Json]) -> Iterator[Query]:
    """Yield the queries whose text is known before the run."""
    for step in definition.steps.values():
        for item in put_values(step.arguments, parameters).get("ProcessingInputs") or []:
            dataset = item.get("DatasetDefinition")
            if isinstance(dataset, dict) and not _open_fields(dataset):
                yield query_of(dataset)


def _open_fields(dataset: JsonObject) -> bool:
    """Return whether the query or its database is known only when the step runs."""
    fields = ("QueryString", "Database", "Catalog")
    requests = [dataset[member] for member in _MEMBERS if member in dataset]
    return any(is_expression(request.get(field)) for request in requests for field in fields)
