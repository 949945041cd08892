"""A delivered batch: every row in, every id out, good or set aside with a reason."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import pytest

from abalone.delivered_file import find_files
from abalone.delivery import REASON, ROW, Delivery, read_delivery
from abalone.schema import FEATURES, ID, MEASUREMENTS
from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ",".join(FEATURES)
GOOD = "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15"
BAD = {
    "X,0.455,0.365,0.095,0.514,0.2245,0.101,0.15": "unknown_sex",
    "M,much,0.365,0.095,0.514,0.2245,0.101,0.15": "not_a_number",
    "M,0.455,0.365,0,0.514,0.2245,0.101,0.15": "not_positive",
    "M,0.455,0.365,nan,0.514,0.2245,0.101,0.15": "not_finite",
    "M,0.455,0.365": "wrong_column_count",
    f"{GOOD},7,8": "wrong_column_count",
    f"{GOOD},": "wrong_column_count",
}


def _read(folder: Path, text: str, name: str = "batch.csv") -> Delivery:
    (folder / name).write_text(text, encoding="utf-8")
    return read_delivery(folder, find_files(folder), "batch")


def _ids(delivery: Delivery) -> list[str]:
    return [*delivery.good[ID], *delivery.set_aside[ID]]


def test_rows_get_numbers_and_made_up_ids_without_names(tmp_path: Path) -> None:
    delivery = _read(tmp_path, f"{GOOD}\n\n{GOOD}\n")
    assert delivery.good[ROW].to_list() == [1, 2]
    assert delivery.good[ID].to_list() == ["batch-1", "batch-2"]
    assert delivery.set_aside.height == 0


@pytest.mark.parametrize(("line", "reason"), BAD.items())
def test_a_bad_row_is_set_aside_with_its_reason(tmp_path: Path, line: str, reason: str) -> None:
    delivery = _read(tmp_path, f"{GOOD}\n{line}\n{GOOD}\n")
    (aside,) = delivery.set_aside.iter_rows(named=True)
    assert (aside[ROW], aside[ID], aside[REASON]) == (2, "batch-2", reason)
    assert aside["text"] == line
    assert delivery.good[ROW].to_list() == [1, 3]


def test_a_row_that_only_looks_odd_is_kept(tmp_path: Path) -> None:
    delivery = _read(tmp_path, f"{GOOD}\n{GOOD.replace('M,', ' M ,').replace('0.365', ' .365')}\n")
    assert delivery.good.height == 2
    assert delivery.good["diameter"].to_list() == [0.365, 0.365]


def test_names_may_come_in_any_order_with_more_columns(tmp_path: Path) -> None:
    values = dict(zip(FEATURES, GOOD.split(","), strict=True)) | {"id": "a7", "farm": "north"}
    names = sorted([*values, "rings"])
    line = ",".join({**values, "rings": "x"}[name] for name in names)
    delivery = _read(tmp_path, f"{','.join(names)}\n{line}\n")
    (row,) = delivery.good.iter_rows(named=True)
    assert row["id"] == "a7"
    assert row["farm"] == "north"
    assert {name: str(row[name]) for name in FEATURES} == {name: values[name] for name in FEATURES}
    assert "rings" not in row


def test_parquet_is_the_same_as_csv(tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    (tmp_path / "parquet").mkdir()
    text = (
        f"id,{NAMES}\n" + "\n".join(f"a{n},{GOOD}" for n in range(5)) + "\na9,X" + GOOD[1:] + "\n"
    )
    from_csv = _read(tmp_path / "csv", text)
    frame = pl.read_csv(tmp_path / "csv" / "batch.csv")
    # As a query of Athena leaves its result: without an ending.
    frame.write_parquet(tmp_path / "parquet" / "20261125_000000_00000_ab")
    from_parquet = read_delivery(tmp_path / "parquet", find_files(tmp_path / "parquet"), "batch")
    assert from_parquet.good.equals(from_csv.good)
    assert from_parquet.set_aside.equals(from_csv.set_aside)


def test_ids_that_lack_or_come_again_are_set_aside(tmp_path: Path) -> None:
    lines = [f"id,{NAMES}", f"a,{GOOD}", f",{GOOD}", f"a,{GOOD}", f"b,{GOOD}"]
    delivery = _read(tmp_path, "\n".join(lines) + "\n")
    assert delivery.good[ID].to_list() == ["a", "b"]
    assert list(delivery.set_aside.select(ROW, ID, REASON).iter_rows()) == [
        (2, "batch-2", "missing_id"),
        (3, "a", "duplicate_id"),
    ]


def test_without_a_column_all_rows_are_set_aside(tmp_path: Path) -> None:
    names = [name for name in FEATURES if name != "height"]
    values = dict(zip(FEATURES, GOOD.split(","), strict=True))
    line = ",".join(values[name] for name in names)
    delivery = _read(tmp_path, f"{','.join(names)}\n{line}\n{line}\n")
    assert delivery.missing == ("height",)
    assert delivery.good.height == 0
    assert set(delivery.set_aside[REASON]) == {"missing_column"}
    assert delivery.bad["length"].to_list() == ["0.455", "0.455"]


@pytest.mark.parametrize("seed", range(8))
def test_n_rows_in_are_n_ids_out_in_any_order(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - made-up rows
    lines = [GOOD] * chance.randrange(0, 30) + chance.choices(list(BAD), k=chance.randrange(1, 20))
    # With ids of their own, and so without rows whose columns do not fit.
    named = [f"n{n},{line}" for n, line in enumerate(lines) if line.count(",") == 7]
    chance.shuffle(named)
    cut = chance.randrange(0, len(named) + 1)
    for number, part in enumerate((named[:cut], named[cut:])):
        if part:
            text = "\n".join([f"id,{NAMES}", *part]) + "\n"
            (tmp_path / f"part-{number}.csv").write_text(text, encoding="utf-8")
    if not named:
        return
    delivery = read_delivery(tmp_path, find_files(tmp_path), "batch")
    assert sorted(_ids(delivery)) == sorted(line.partition(",")[0] for line in named)
    assert delivery.read == len(named)
    good = {line.partition(",")[0] for line in named if line.partition(",")[2] == GOOD}
    assert set(delivery.good[ID]) == good
    assert delivery.good.select(MEASUREMENTS).null_count().sum_horizontal().item() == 0


def test_a_form_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no rows below"):
        read_delivery(tmp_path, find_files(tmp_path), "batch")
    with pytest.raises(JobError, match="has 3 columns and no line that names them"):
        _read(tmp_path, "1,2,3\n")
    with pytest.raises(JobError, match="names a column twice"):
        _read(tmp_path, f"sex,{NAMES}\n")
    (tmp_path / "batch.csv").unlink()
    (tmp_path / "x.parquet").write_bytes(b"no parquet")
    with pytest.raises(JobError, match=r"x\.parquet is neither CSV nor readable Parquet"):
        read_delivery(tmp_path, find_files(tmp_path), "batch")
    (tmp_path / "x.parquet").unlink()
    _read(tmp_path, f"{GOOD}\n", "a.csv")
    with pytest.raises(JobError, match=r"b\.csv has other columns"):
        _read(tmp_path, f"farm,{NAMES}\nx,{GOOD}\n", "b.csv")
