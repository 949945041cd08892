"""The files of a table as people send them, and the schemas that say what they may hold."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlops_contract.data_places import ENDINGS
from tabular.failure import JobError
from tabular.schema import SchemaError, parse_schema
from tabular.table import CSV_SUFFIXES, PARQUET_SUFFIXES, find_files, read_table

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS: dict[str, Any] = {
    "whole_weight": {"type": "number"},
    "colour": {"type": "category", "levels": ["blue, light", "red"]},
    "price": {"type": "number"},
}
SCHEMA = {"problem": "regression", "target": "price", "id": "key", "columns": COLUMNS}
ROWS = [["k1", "1.5", "blue, light", "10"], ["k2", "2", "red", "20"]]
PLAIN = 'key,whole_weight,colour,price\nk1,1.5,"blue, light",10\nk2,2,red,20\n'


def read(folder: Path) -> pd.DataFrame:
    return read_table(folder, find_files(folder), parse_schema(SCHEMA)).texts


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (PLAIN, "utf-8"),
        (PLAIN, "utf-8-sig"),
        (PLAIN, "utf-16"),
        (PLAIN.replace("\n", "\r\n"), "utf-8"),
        (PLAIN.replace("key,whole_weight", "KEY,Whole weight"), "latin-1"),
        ("Colour;Price;Whole-Weight;Key\nblue, light;10;1.5;k1\nred;20;2;k2\n", "utf-8"),
    ],
)
def test_a_file_is_the_same_table_however_it_is_written(
    tmp_path: Path, text: str, encoding: str
) -> None:
    (tmp_path / "rows.csv").write_bytes(text.encode(encoding))
    found = read(tmp_path)[["key", "whole_weight", "colour", "price"]]
    assert found.to_numpy().tolist() == ROWS
    assert found.index.tolist() == [1, 2]


def test_parquet_is_the_same_table(tmp_path: Path) -> None:
    frame = pd.DataFrame(ROWS, columns=["Key", "whole weight", "colour", "price"])
    frame.astype({"whole weight": float, "price": int}).to_parquet(tmp_path / "rows.parquet")
    assert read(tmp_path).to_numpy().tolist() == ROWS
    frame.assign(price=[[1], [2]]).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(JobError, match="holds lists or structures"):
        read(tmp_path)
    (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    with pytest.raises(JobError, match="neither CSV nor readable Parquet"):
        read(tmp_path)


def test_text_of_parquet_files_that_lack_its_mark_is_text(tmp_path: Path) -> None:
    pd.DataFrame({"city": [b"Gen\xc3\xa8ve"], "size": [1.0]}).to_parquet(tmp_path / "a.parquet")
    schema = {
        "problem": "regression",
        "target": "size",
        "columns": {"size": {"type": "number"}, "city": {"type": "category"}},
    }
    found = read_table(tmp_path, find_files(tmp_path), parse_schema(schema))
    assert found.texts["city"].tolist() == ["Gen\u00e8ve"]
    pd.DataFrame({"city": [b"\xff"], "size": [1.0]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(JobError, match="bytes that are no text"):
        read_table(tmp_path, find_files(tmp_path), parse_schema(schema))


def test_surplus_columns_are_said_and_other_forms_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,whole_weight,colour,price,note\nk1,1,red,2,x\n")
    table = read_table(tmp_path, find_files(tmp_path), parse_schema(SCHEMA))
    assert table.notes == ["a.csv: columns that the schema does not name: note"]
    (tmp_path / "b.csv").write_text("key,whole_weight,price\nk1,1,2\n")
    with pytest.raises(JobError, match=r"b\.csv has other columns than the files before it"):
        read(tmp_path)


def changed(**fields: Any) -> dict[str, Any]:
    return {**SCHEMA, **fields}


def column(name: str, **fields: Any) -> dict[str, Any]:
    return changed(columns={**COLUMNS, name: {**COLUMNS.get(name, {}), **fields}})


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (changed(columns={}), "columns: name the target and at least one more"),
        (changed(problem="guess"), "problem: is one of regression"),
        (changed(target="cost"), "target: 'cost' is none of the columns"),
        (changed(target="colour"), "target: of a regression problem is a number"),
        (changed(id="price"), "'price' has to differ from others"),
        (changed(colour="x"), "colour is no field"),
        (changed(quantile=0.5), "quantile: is for quantile problems"),
        (changed(problem="quantile"), "quantile: is for quantile problems, which need it"),
        (changed(problem="quantile", quantile=1), "quantile: is between 0 and 1"),
        (changed(positive="red"), "positive: is for binary problems"),
        (changed(problem="binary", target="colour"), "positive: is one of blue, light, red"),
        (changed(missing_values="NA"), "missing_values: is not a list"),
        (column("price", missing=True), "target: a row without it teaches nothing"),
        (column("price", least="low"), "columns.price.least: is a number, not 'low'"),
        (column("price", least=2, most=1), "columns.price: least 2 is greater than most 1"),
        (column("price", levels=["a"]), "columns.price: levels is no field of a number"),
        (column("colour", levels=[True]), "columns.colour.levels: put True into quotes"),
        (column("colour", levels=["a", "a"]), "columns.colour.levels: names one twice"),
        (column("colour", missing="no"), "columns.colour.missing: is true or false"),
        (column("size", type="text"), "columns.size.type: is one of number"),
        (column("prediction", type="number"), "the results have a column of that name"),
        (column("Price!", type="number"), "has to differ from others by letters or digits"),
        (column("a,b", type="number"), "a name is printable, without commas and quotes"),
    ],
)
def test_a_wrong_schema_says_where_and_why(schema: dict[str, Any], why: str) -> None:
    with pytest.raises(SchemaError) as caught:
        parse_schema(schema)
    assert why in str(caught.value)


def test_ids_of_parquet_are_exact_whatever_stands_beside_them(tmp_path: Path) -> None:
    long = [9007199254740993 + 4 * number for number in range(4)]
    file = tmp_path / "a.parquet"
    schema = parse_schema(
        {
            "problem": "regression",
            "target": "price",
            "id": "key",
            "columns": {
                "price": {"type": "number"},
                "sold": {"type": "date", "format": "%d.%m.%Y"},
            },
        }
    )
    days = [date(2024, 2, 1)] * 5
    columns = {"key": pa.array([*long, None], pa.int64()), "price": [1.5] * 5, "sold": days}
    pq.write_table(pa.table(columns), file)
    texts = read_table(tmp_path, [file], schema).texts
    assert list(texts["key"]) == [*map(str, long), ""]
    assert list(texts["price"]) == ["1.5"] * 5
    assert list(texts["sold"]) == ["01.02.2024"] * 5
    pq.write_table(pa.table({**columns, "key": pa.array([1.0] * 5)}), file)
    with pytest.raises(JobError, match="column key holds floating-point numbers"):
        read_table(tmp_path, [file], schema)


def test_what_is_sent_is_what_these_jobs_read() -> None:
    assert set(ENDINGS) == {*CSV_SUFFIXES, *PARQUET_SUFFIXES}
