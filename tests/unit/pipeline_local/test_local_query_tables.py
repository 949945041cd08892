"""Tables of queries: files from the user, and tables of the Glue catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import ObjectStore
from pipeline_local.steps.queries.tables import describe, parse_tables, read_catalogued, reader_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.pipeline_local.conftest import MemoryS3


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        (["lake.rows"], "write DATABASE.TABLE=PATH"),
        (["lake.rows=nowhere.csv"], "does not exist"),
        (["lake.rows={0}/rows.csv", "LAKE.Rows={0}/rows.csv"], "is given twice"),
        (["lake.rows={0}/notes.txt"], "must be *.csv or *.parquet"),
        (["lake.rows={0}"], "or a folder of one kind"),
    ],
)
def test_wrong_tables_are_reported(tmp_path: Path, given: list[str], reported: str) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n")
    (tmp_path / "notes.txt").write_text("a\n1\n")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "more.parquet")
    with pytest.raises(MlopsError) as error:
        parse_tables([each.format(tmp_path) for each in given])
    assert reported in str(error.value)


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
