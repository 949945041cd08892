"""The result of a query is one batch, in whatever order and in however many files it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from abalone.unordered import in_one_order
from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

ROWS = pl.DataFrame(
    {
        "id": ["c", "a", None, "a", ""],
        "length": [0.5, 0.25, 0.1, 0.25, float("nan")],
        "rings": [3, None, 1, None, 2],
    }
)


def _deliver(folder: Path, *parts: pl.DataFrame) -> Path:
    folder.mkdir()
    for number, part in enumerate(parts):
        part.write_parquet(folder / f"{number:05}_part")
    return folder


def _ordered(folder: Path, scratch: Path) -> tuple[str, pl.DataFrame]:
    scratch.mkdir()
    ((file, digest),) = in_one_order(folder, scratch).items()
    assert list(scratch.iterdir()) == [file]
    return digest, pl.read_parquet(file)


def test_the_same_rows_are_the_same_batch(tmp_path: Path) -> None:
    one = _ordered(_deliver(tmp_path / "a", ROWS), tmp_path / "A")
    parts = [ROWS[4:], ROWS[:2], ROWS[2:4].reverse()]
    other = _ordered(_deliver(tmp_path / "b", *parts), tmp_path / "B")
    assert one[0] == other[0]
    assert one[1].equals(other[1])
    assert one[1].height == ROWS.height


@pytest.mark.parametrize(
    "changed",
    [
        ROWS[:4],
        pl.concat([ROWS, ROWS[:1]]),
        ROWS.with_columns(pl.col("id").fill_null("")),
        ROWS.with_columns(pl.col("rings").cast(pl.String)),
        ROWS.rename({"length": "height"}),
        ROWS.with_columns(pl.col("length").cast(pl.Float32)),
    ],
    ids=["fewer", "twice", "null", "type", "name", "precision"],
)
def test_other_rows_are_another_batch(tmp_path: Path, changed: pl.DataFrame) -> None:
    first = _ordered(_deliver(tmp_path / "a", ROWS), tmp_path / "A")[0]
    assert _ordered(_deliver(tmp_path / "b", changed), tmp_path / "B")[0] != first


def test_what_is_no_table_of_one_form_is_told(tmp_path: Path) -> None:
    folder = _deliver(tmp_path / "a", ROWS, ROWS.drop("rings"))
    with pytest.raises(JobError, match="not Parquet of one form"):
        _ordered(folder, tmp_path / "A")
    nested = _deliver(tmp_path / "b", pl.DataFrame({"id": [["x"]]}))
    with pytest.raises(JobError, match="column id of the query's result holds lists"):
        _ordered(nested, tmp_path / "B")
