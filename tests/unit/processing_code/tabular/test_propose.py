"""Schemas that are proposed for files of which nothing is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tabular.failure import JobError
from tabular.propose import propose, run
from tabular.schema import parse_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def table(folder: Path, header: str, *rows: str, encoding: str = "utf-8") -> Path:
    file = folder / "rows.csv"
    file.write_text("\n".join([header, *rows, ""]), encoding=encoding)
    return file


def test_kinds_of_columns_are_found_however_the_file_is_written(tmp_path: Path) -> None:
    rows = [
        f"K{at};{at}.5;{at:02}.11.2026;{'red' if at % 3 else 'blue'};same;{'NA' if at == 4 else at}"
        f";remark {at};{at * 2 - 9}"
        for at in range(1, 13)
    ]
    header = "Key;Größe (cm);Sold on;Colour;Site;Weight;Remark;Price"
    found = propose(table(tmp_path, header, *rows, encoding="utf-16"))
    assert found["schema"] == {
        "problem": "regression",
        "target": "price",
        "id": "key",
        "columns": {
            "größe_cm": {"type": "number", "least": 0},
            "sold_on": {"type": "date", "format": "%d.%m.%Y"},
            "colour": {"type": "category"},
            "weight": {"type": "number", "least": 0, "missing": True},
            "price": {"type": "number"},
        },
    }
    assert found["notes"] == [
        "site is left out: it is the same in all rows",
        "remark is left out: a text that differs in most rows",
        "12 rows are too few to tell a good model from a bad one: bring more",
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("yes no no no no no", {"problem": "binary", "positive": "yes"}),
        ("1 0 0 0 0 0", {"problem": "binary", "positive": "1"}),
        ("a b c a b c", {"problem": "multiclass"}),
        ("1 2 3 4 5 6", {"problem": "regression"}),
    ],
)
def test_the_problem_follows_from_the_target(
    tmp_path: Path, values: str, expected: dict[str, Any]
) -> None:
    rows = [f"{at},{value},{at % 3}" for at, value in enumerate(values.split())]
    schema = propose(table(tmp_path, "size,Outcome,other", *rows))["schema"]
    assert schema["target"] == "outcome"
    assert expected.items() <= schema.items()
    if expected["problem"] != "regression":
        assert schema["columns"]["outcome"]["levels"] == sorted({*values.split()})


@pytest.mark.parametrize(
    ("text", "target", "why"),
    [
        ("1,2,3\n4,5,6\n", "", "its first line has the number 1, where names belong"),
        ("size\n1\n", "", "its first line names fewer than two columns"),
        ("size,price\n", "", "has no rows"),
        ("size,price\n1,2\n", "cost", "--target 'cost': is none of the columns size, price"),
        ("size,price\n1,\n2,\n", "", "price: has no value in any row"),
        ("size,price\n1,5\n2,5\n", "", "price: is '5' in all rows, which teaches nothing"),
        ("size,price\n1,a\n2,a\n", "", "price: is 'a' in all rows, which teaches nothing"),
        ("size;price\n1;2,5\n2;3,5\n3;4,5\n", "", "price: '2,5' has a decimal comma"),
        (
            "size;price\n" + "".join(f"1;{at},5\n" for at in range(30)),
            "",
            "price: '0,5' has a decimal comma, write points, or name another",
        ),
        (
            "size,price\n" + "".join(f"1,n{at}\n" for at in range(30)),
            "",
            "price: has 30 different texts, more than 20 classes",
        ),
        ("size,sold\n1,2026-01-01\n2,2026-01-02\n", "", "name another column with --target"),
        ("prediction,price\n1,2\n1,4\n5,6\n", "", "no schema fits: columns.prediction"),
    ],
)
def test_files_without_a_problem_are_refused(
    tmp_path: Path, text: str, target: str, why: str
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(text)
    with pytest.raises(JobError) as caught:
        propose(file, target)
    assert why in str(caught.value)


def test_a_guess_that_may_be_wrong_is_said(tmp_path: Path) -> None:
    rows = [f"{at},N{at},0{at},2{at % 3}/05/2026,{at},{at % 3},{at}.5" for at in range(2, 10)]
    rows = [*rows, "9,N10,011,21/05/2026,inf,?,3.5"]
    found = propose(table(tmp_path, "PassengerId,Name,Zip,Booked,Fare,Deck,Age", *rows))
    assert found["schema"]["id"] == "name"
    assert found["notes"] == [
        "name is taken for the id: its texts differ in all rows",
        "passenger_id is left out: by its name it is an id, though no row's own",
        "zip is left out: a text that differs in most rows",
        "fare is left out: 'inf' is no number",
        "deck is taken for a category: '?' is no number",
        "9 rows are too few to tell a good model from a bad one: bring more",
    ]


def test_dates_of_two_readings_are_named(tmp_path: Path) -> None:
    rows = [f"0{at}/05/2026,{at * 1.5}" for at in range(1, 8)]
    found = propose(table(tmp_path, "booked,price", *rows))
    assert found["notes"][0] == "booked is read as %m/%d/%Y, %d/%m/%Y would do, too"


def test_an_id_is_found_in_any_case(tmp_path: Path) -> None:
    rows = [f"{at},{at * 1.5},{at % 3}" for at in range(8)]
    found = propose(table(tmp_path, "PassengerId,price,size", *rows), "price")
    assert found["schema"]["id"] == "passenger_id"


def test_lines_may_end_as_old_spreadsheets_write_them(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"size,price\r" + b"".join(b"%d,%d\r" % (at, at * 3) for at in range(9)))
    assert propose(file)["rows"] == 9


def test_the_job_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run([str(table(tmp_path, "size,price", "1,2", "1,4", "5,6"))])
    assert json.loads(capsys.readouterr().out)["rows"] == 3


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0, 1], ["y has 2 different whole numbers and is read as classes; if they are amounts,"]),
        (range(10), ["y has 10 different whole numbers and is read as an amount; if they are"]),
        (range(21), []),
        ([0.5, 1.5, 2.5], []),
        (["a", "b"], []),
    ],
)
def test_how_whole_numbers_are_read_is_said(
    tmp_path: Path, values: Sequence[object], said: list[str]
) -> None:
    rows = [f"{at / 2},{values[at % len(values)]}" for at in range(60)]
    notes = propose(table(tmp_path, "size,y", *rows))["notes"]
    assert len(notes) == len(said)
    assert all(note.startswith(words) for note, words in zip(notes, said, strict=True))


def test_the_schema_that_a_note_offers_is_one(tmp_path: Path) -> None:
    rows = [f"{at / 2},{at % 3 + 1}" for at in range(60)]
    found = propose(table(tmp_path, "size,y", *rows))
    assert found["notes"][0].endswith("levels: ['1', '2', '3']")
    columns = {"size": {"type": "number"}, "y": {"type": "category", "levels": ["1", "2", "3"]}}
    parse_schema({"problem": "multiclass", "target": "y", "columns": columns})


def test_decimal_commas_are_said_of_columns(tmp_path: Path) -> None:
    rows = [f"{at},5;{at / 2};{at}" for at in range(60)]
    notes = propose(table(tmp_path, "size;weight;y", *rows))["notes"]
    assert notes == ["size is left out: '0,5' has a decimal comma, write points"]


def test_few_rows_are_said(tmp_path: Path) -> None:
    rows = [f"{at / 2},{at / 3}" for at in range(20)]
    notes = propose(table(tmp_path, "size,y", *rows))["notes"]
    assert notes == ["20 rows are too few to tell a good model from a bad one: bring more"]
