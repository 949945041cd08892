"""Queries as inputs of jobs: Athena's and Redshift's SQL carried out over local files, shut in."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from pyarrow import orc

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import ObjectStore
from pipeline_local.steps.processing import problems
from pipeline_local.steps.queries.engine import run_query
from pipeline_local.steps.queries.results import ROWS_PER_FILE, form_of, write_result
from pipeline_local.steps.queries.sql import Dialect, TableName, parse, tables_of
from pipeline_local.steps.queries.tables import describe, parse_tables, read_catalogued, reader_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_schema.definition import Step
    from tests.unit.pipeline_local.conftest import MemoryS3

ATHENA = Dialect("athena", "AwsDataCatalog", "lake")
REDSHIFT = Dialect("redshift", "sales", "public")
ROWS = pa.table(
    {"Id": ["a", "b", "c"], "n": [7, 2, -7], "x": [1.5, None, 3.0], "day": ["2026-01-01"] * 3}
)


def answer(sql: str, dialect: Dialect = ATHENA) -> list[dict[str, Any]]:
    name = TableName(dialect.database, "rows")
    rows: list[dict[str, Any]] = run_query(sql, dialect, {name: lambda: ROWS}).to_pylist()
    return rows


def read_and_answer(sql: str) -> None:
    """As a run does: which tables, then which rows."""
    tables_of(parse(sql, ATHENA), ATHENA)
    answer(sql)


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        (ATHENA, "SELECT ID, N FROM Rows WHERE x IS NULL", [{"id": "b", "n": 2}]),
        # A division of whole numbers is one of whole numbers, on both.
        (
            ATHENA,
            "SELECT n / 2 AS half FROM rows ORDER BY 1",
            [{"half": each} for each in (-3, 1, 3)],
        ),
        (REDSHIFT, "SELECT n / 2 AS half FROM rows WHERE n > 2", [{"half": 3}]),
        (ATHENA, "SELECT sum(n) AS total FROM AwsDataCatalog.lake.rows", [{"total": 2}]),
        (
            ATHENA,
            "WITH r AS (SELECT DISTINCT from_iso8601_date(day) AS d FROM rows) SELECT d FROM r",
            [{"d": date(2026, 1, 1)}],
        ),
        (REDSHIFT, "SELECT TOP 1 nvl(x, 0) AS y FROM sales.public.rows ORDER BY 1", [{"y": 0}]),
        (
            REDSHIFT,
            "SELECT datediff(day, day::date, '2026-01-03'::date) d FROM rows LIMIT 1",
            [{"d": 2}],
        ),
    ],
)
def test_each_service_has_its_own_sql(
    dialect: Dialect, sql: str, expected: list[dict[str, Any]]
) -> None:
    assert answer(sql, dialect) == expected


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT", "the query"),
        ("SELECT (n FROM rows", "is not athena's SQL"),
        ("SELECT 1 AS a; SELECT 2 AS a", "2 statements"),
        ("DROP TABLE rows", "returns no rows"),
        ("SELECT m FROM rows", "'m' could not be resolved"),
        ("SELECT n / 2 FROM rows", "no name: write n / 2 AS …"),
        ("SELECT n, x AS N FROM rows", "several columns the name 'n'"),
        ("SELECT n FROM hive.lake.rows", "not in AwsDataCatalog"),
        ("SELECT 0" + " + n" * 2000 + " AS m FROM rows", "SageMaker takes 4096"),
        ("SELECT CAST(id AS integer) AS n FROM rows", "Could not convert"),
    ],
)
def test_a_wrong_query_is_told_in_one_line(sql: str, told: str) -> None:
    with pytest.raises(MlopsError) as error:
        read_and_answer(sql)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT content AS c FROM read_text('/etc/passwd')",
        "SELECT * FROM ROWS_OF_PYTHON",
        "SELECT * FROM duckdb_secrets()",
        "COPY rows TO '/tmp/rows.csv'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ],
)
@pytest.mark.parametrize("dialect", [ATHENA, REDSHIFT], ids=lambda each: each.service)
def test_a_query_sees_nothing_but_its_tables(dialect: Dialect, sql: str) -> None:
    ROWS_OF_PYTHON = ROWS  # noqa: F841, N806 - what DuckDB would find by itself
    with pytest.raises(MlopsError):
        answer(sql, dialect)


def test_rows_of_every_type_can_be_asked() -> None:
    kinds = {
        "u": pa.array([9, 4], pa.uint32()),
        "s": pa.array([1, None], pa.int8()),
        "d": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
        "t": pa.array([datetime(2026, 1, 1, tzinfo=UTC), None], pa.timestamp("ns", "UTC")),
        "b": pa.array([b"x", None]),
        "l": pa.array([[1], None], pa.list_(pa.int32())),
        "r": pa.array([{"f": 1}, None]),
        "none": pa.array([None, None], pa.null()),
    }
    sql = "SELECT u / 2 AS u, s, d, t, b, l, r.f AS f, none FROM rows ORDER BY u"
    name = TableName("lake", "rows")
    found = run_query(sql, ATHENA, {name: lambda: pa.table(kinds)}).to_pylist()
    assert [each["u"] for each in found] == [2, 4]
    assert (found[1]["d"], found[1]["l"], found[1]["f"]) == (Decimal("1.50"), [1], 1)


def test_tables_of_subqueries_and_joins_are_found_and_names_of_the_query_are_not() -> None:
    sql = """
        WITH a AS (SELECT id FROM one.t)
        SELECT a.id FROM a JOIN Two u ON a.id = u.id WHERE a.id IN (SELECT id FROM three.t)
        UNION SELECT id FROM a
    """
    assert [str(each) for each in tables_of(parse(sql, ATHENA), ATHENA)] == [
        "lake.two",
        "one.t",
        "three.t",
    ]


@pytest.mark.parametrize(
    ("service", "form", "read", "name"),
    [
        ("athena", ("PARQUET", None), pl.read_parquet, "00000_"),
        ("athena", ("ORC", None), lambda path: pl.DataFrame(orc.read_table(path)), "00000_"),
        (
            "athena",
            ("JSON", None),
            lambda path: pl.read_ndjson(gzip.decompress(path.read_bytes())),
            ".gz",
        ),
        ("redshift", ("PARQUET", None), pl.read_parquet, "0000_part_00.parquet"),
        (
            "redshift",
            ("CSV", "ZSTD"),
            lambda path: pl.read_csv(path, has_header=False, new_columns=ROWS.column_names),
            "0000_part_00.zst",
        ),
    ],
)
def test_results_are_files_as_the_service_names_them(
    tmp_path: Path,
    service: str,
    form: tuple[str, str | None],
    read: Callable[[Path], pl.DataFrame],
    name: str,
) -> None:
    (path,) = write_result(ROWS, form_of(service, *form), tmp_path)
    assert name in path.name
    assert read(path).rows() == pl.DataFrame(ROWS).rows()
    before = path.read_bytes()
    write_result(ROWS, form_of(service, *form), tmp_path)
    assert path.read_bytes() == before


def test_text_of_hive_and_truth_of_redshift(tmp_path: Path) -> None:
    rows = pa.table({"a": ["x", None], "b": [True, False]})
    (text,) = write_result(rows, form_of("athena", "TEXTFILE", None), tmp_path)
    assert gzip.decompress(text.read_bytes()) == b"x\x01true\n\\N\x01false\n"
    (csv,) = write_result(rows, form_of("redshift", "CSV", None), tmp_path)
    assert csv.read_bytes() == b"x,t\n,f\n"


def test_large_results_are_several_files_and_empty_ones_keep_their_columns(tmp_path: Path) -> None:
    many = pa.table({"n": range(ROWS_PER_FILE + 1)})
    files = write_result(many, form_of("athena", "PARQUET", "SNAPPY"), tmp_path)
    assert [pl.read_parquet(each).height for each in files] == [ROWS_PER_FILE, 1]
    (empty,) = write_result(many.slice(0, 0), form_of("redshift", "PARQUET", None), tmp_path)
    assert pl.read_parquet(empty).columns == ["n"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"OutputFormat": "AVRO"}, "Avro cannot be written here"),
        ({"OutputFormat": "CSV"}, "'CSV' is not known"),
        ({"OutputCompression": "ZLIB"}, "ZLIB does not fit PARQUET"),
        ({"QueryString": "SELECT 1"}, "no name"),
        ({"QueryString": {"Get": "Steps.A.B"}, "OutputFormat": "JSON"}, None),
    ],
)
def test_what_cannot_be_done_is_told_before_a_run(
    processing_step: Callable[..., Step], changes: dict[str, Any], told: str | None
) -> None:
    step = processing_step("")
    request = {**_athena("SELECT n FROM rows"), **changes}
    dataset = {"AthenaDatasetDefinition": request, "LocalPath": "/opt/ml/processing/q"}
    step.arguments["ProcessingInputs"].append({"InputName": "q", "DatasetDefinition": dataset})
    found = list(problems(step))
    assert (found == []) if told is None else (len(found) == 1 and told in found[0])


def test_a_path_outside_and_two_services_are_told(processing_step: Callable[..., Step]) -> None:
    step = processing_step("")
    inputs = step.arguments["ProcessingInputs"]
    inputs.append(
        {
            "InputName": "a",
            "DatasetDefinition": {
                "AthenaDatasetDefinition": _athena("SELECT n FROM r"),
                "LocalPath": "/opt/x",
            },
        }
    )
    inputs.append({"InputName": "b", "DatasetDefinition": {"LocalPath": "/opt/ml/processing/b"}})
    first, second = problems(step)
    assert "'/opt/x' is not below /opt/ml/processing" in first
    assert "must have one of AthenaDatasetDefinition and RedshiftDatasetDefinition" in second


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["lake.rows"], "write DATABASE.TABLE=PATH"),
        (["lake.rows=nowhere.csv"], "does not exist"),
        (["lake.rows={0}/rows.csv", "LAKE.Rows={0}/rows.csv"], "is given twice"),
        (["lake.rows={0}/notes.txt"], "must be *.csv or *.parquet"),
        (["lake.rows={0}"], "or a folder of one kind"),
    ],
)
def test_wrong_tables_are_told(tmp_path: Path, given: list[str], told: str) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n")
    (tmp_path / "notes.txt").write_text("a\n1\n")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "more.parquet")
    with pytest.raises(MlopsError) as error:
        parse_tables([each.format(tmp_path) for each in given])
    assert told in str(error.value)


def test_a_table_is_a_file_or_a_folder_and_must_stay_what_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "1.csv").write_text("id,n\na,1\n")
    (folder / "2.csv").write_text("id,n\nb,2.5\n")
    facts = describe(parse_tables([f"lake.rows={folder}"]))["lake.rows"]
    assert reader_of("lake.rows", facts)().to_pylist() == [
        {"id": "a", "n": 1.0},
        {"id": "b", "n": 2.5},
    ]
    (folder / "1.csv").write_text("id,n\na,9\n")
    with pytest.raises(MlopsError, match="has changed since the start of the run"):
        reader_of("lake.rows", facts)


def test_a_file_without_a_line_of_names_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "abalone.csv"
    path.write_text("M,0.455,0.365\nF,0.35,0.265\n")
    facts = describe(parse_tables([f"abalone={path}"]))["abalone"]
    with pytest.raises(MlopsError, match=r"first line of abalone\.csv must name the columns"):
        reader_of("abalone", facts)()


def test_a_table_of_the_catalogue_is_what_lies_at_its_place(s3: MemoryS3) -> None:
    s3.put("s3://lake/rows/day=2026-01-01/a.csv", "id,n\nx,1\n")
    s3.put("s3://lake/rows/day=2026-01-02/b.csv", "id,n\ny,2\n")
    table = {
        "DatabaseName": "lake",
        "Name": "rows",
        "Parameters": {},
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "StorageDescriptor": {
            "Location": "s3://lake/rows",
            "Columns": [{"Name": "id", "Type": "string"}, {"Name": "n", "Type": "bigint"}],
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                "Parameters": {"field.delim": ",", "skip.header.line.count": "1"},
            },
        },
    }
    found = read_catalogued(table, ObjectStore(s3)).to_pylist()  # type: ignore[arg-type]
    assert found == [
        {"id": "x", "n": 1, "day": "2026-01-01"},
        {"id": "y", "n": 2, "day": "2026-01-02"},
    ]
    serde = table["StorageDescriptor"]["SerdeInfo"]  # type: ignore[index]
    serde["SerializationLibrary"] = "org.openx.data.jsonserde.JsonSerDe"
    with pytest.raises(MlopsError, match="neither CSV nor Parquet"):
        read_catalogued(table, ObjectStore(s3))  # type: ignore[arg-type]


def _athena(query: str) -> dict[str, Any]:
    return {
        "Catalog": "AwsDataCatalog",
        "Database": "lake",
        "QueryString": query,
        "OutputS3Uri": "s3://out/queries/",
        "OutputFormat": "PARQUET",
    }
