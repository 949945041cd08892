"""Batches that are refused or unusual, and what is said of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.unit.processing_code.batch_run import NAMES, BatchRun, named_rows

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def batch(after_training: Path) -> BatchRun:
    return BatchRun(after_training)


def _refusal(batch: BatchRun, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert batch.preprocess(*arguments) == 1
    assert not (batch.output / "predictions").exists()
    message = (batch.root / "output/message").read_text()
    assert f"error: {message}" in capsys.readouterr().err
    return message


def test_a_batch_without_a_good_row_fails_with_the_reasons(
    batch: BatchRun, capsys: pytest.CaptureFixture[str]
) -> None:
    (batch.output / "quarantine").mkdir()
    batch.deliver(f"id,{NAMES}\na,X,1,1,1,1,1,1,1\nb,M,1,1,1,1,1,1,0\nc,X,1,1,1,1,1,1,1\n")
    assert _refusal(batch, capsys, "--set-aside-limit", "1") == (
        "3 of 3 rows (100.00%) cannot be scored: 2 rows such as row 1: sex 'X' is not one of F, I, "
        "M; 1 rows such as row 2: shell_weight 0 is not positive"
    )
    # What a person needs to see which they are is there.
    aside = pl.read_parquet(batch.output / "rows/set_aside.parquet")
    assert aside["id"].to_list() == ["a", "b", "c"]
    (kept,) = (batch.output / "quarantine").glob("*/files/*")
    assert kept.name == "batch.csv"
    batch.deliver("Gender,Length\nM,1\n")
    said = _refusal(batch, capsys)
    assert "there is no column sex, diameter, height, whole_weight" in said
    assert said.endswith("among Gender, length; batch.csv: names in another case recognised")


def test_a_batch_with_too_many_bad_rows_fails(
    batch: BatchRun, records: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [f"bad{number},X,1,1,1,1,1,1,1\n" for number in range(11)]
    batch.deliver(named_rows(records[:89]) + "".join(bad))
    said = _refusal(batch, capsys, "--set-aside-limit", "0.1")
    assert "11 of 100 rows (11.00%) cannot be scored, more than --set-aside-limit allows" in said
    assert batch.preprocess("--set-aside-limit", "0.11") == 0
    batch.deliver(named_rows(records[:33]) + "".join(bad))
    assert batch.preprocess() == 0
    batch.deliver(named_rows(records[:32]) + "".join(bad))
    assert "more than --set-aside-limit allows (25.00%)" in _refusal(batch, capsys)
    for limit in ("-0.1", "1.1", "nan"):
        batch.preprocess("--set-aside-limit", limit)
        assert "it is a share, from 0 to 1" in capsys.readouterr().err


def test_the_check_sees_a_row_a_line(batch: BatchRun, records: list[str]) -> None:
    good, bad = (
        f'"a\r\nb",{line}\n' for line in (records[0].rpartition(",")[0], "X,1,1,1,1,1,1,1")
    )
    batch.deliver(f"note,{NAMES}\n{good}{good}{good}{bad}")
    assert batch.preprocess() == 0
    lines = (batch.output / "delivered/delivered.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["note", *["a b"] * 4]


def test_what_is_unusual_is_said_and_reported(
    batch: BatchRun, records: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    batch.deliver(named_rows(records[:9]).replace(",", ";").replace("id", "ID", 1))
    batch.deliver("rows in a sheet", "more.xlsx")
    batch.deliver("{}", "batch.csv.json")
    assert batch.preprocess() == 0
    notes = json.loads((batch.output / "report/batch.json").read_text())["notes"]
    assert notes == [
        "batch.csv: fields separated by semicolons; names in another case recognised",
        "left alone, for what their names end in: more.xlsx",
    ]
    assert "; ".join(notes) in capsys.readouterr().out
