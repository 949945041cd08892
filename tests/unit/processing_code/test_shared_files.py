"""Files that other people's tools wrote, each as its plain form.

`DATA_CASES` names their folder, whose `right.json` lists them: batches as `b-…`, data to train on
as `t-…`. What is right is read here by other means than the jobs'.
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

import preprocess
from abalone.schema import COLUMNS, FEATURES
from tests.unit.processing_code.batch_run import BatchRun

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = os.environ.get("DATA_CASES", "")
NAMES = sorted(json.loads((Path(FOLDER) / "right.json").read_text())) if FOLDER else []
BATCHES = [name for name in NAMES if name.startswith("b-")]
pytestmark = pytest.mark.skipif(not FOLDER, reason="DATA_CASES names no folder")


def _rows(name: str) -> list[dict[str, str]]:
    """Read a file by column, in lower case."""
    file = Path(FOLDER) / name
    if file.suffix == ".parquet":
        rows = [dict(row) for row in pl.read_parquet(file).cast(pl.String).iter_rows(named=True)]
    else:
        raw = file.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        rows = [*csv.DictReader(text.splitlines())]
    return [{key.lower(): value for key, value in row.items()} for row in rows]


def _text(rows: list[dict[str, str]], columns: tuple[str, ...]) -> str:
    return "".join(",".join(row[name] for name in columns) + "\n" for row in rows)


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_is_scored_as_its_plain_file(name: str, after_training: Path) -> None:
    batch, rows = BatchRun(after_training), _rows(name)
    batch.deliver(_text(rows, FEATURES))
    batch.run()
    expected = batch.table("scored").select("prediction", "lower", "upper")
    (batch.root / "processing/input/data/batch.csv").unlink()
    (batch.output / "predictions/scored/date=2026-11-25").rename(batch.root / "plain")
    (batch.root / "processing/input/data" / name).write_bytes((Path(FOLDER) / name).read_bytes())
    report = batch.run()
    scored = batch.table("scored")
    assert scored.select("prediction", "lower", "upper").equals(expected)
    assert (report["rows_in"], report["rows_scored"]) == (len(rows), len(rows))
    if "id" in rows[0]:
        assert scored["id"].to_list() == [row["id"] for row in rows]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BATCHES])
def test_training_reads_a_file_as_its_plain_form(
    name: str, ml_root: Path, give: Callable[..., Path]
) -> None:
    splits = []
    for content in (_text(_rows(name), COLUMNS), (Path(FOLDER) / name).read_bytes()):
        give(content)
        assert preprocess.main([]) == 0
        output = ml_root / "processing/output"
        splits.append(
            [(output / f"{part}/{part}.parquet").read_bytes() for part in ("train", "test")]
        )
    assert splits[0] == splits[1]
