"""Batch inference from rows to predictions: nothing lost, nothing refitted, nothing twice."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import inference
import postprocess_batch
from abalone.schema import FEATURES
from abalone.tables import read_columns
from tabular import figures
from tests.unit.processing_code.batch_run import ARN, BatchRun, named_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ANSWER = ("prediction", "lower", "upper")


@pytest.fixture
def batch(after_training: Path) -> BatchRun:
    return BatchRun(after_training)


def test_the_training_file_gets_the_trainers_predictions_bit_by_bit(
    batch: BatchRun, records: list[str]
) -> None:
    """As they stood in the model's own folder when it was trained, on the rows of the splits."""
    batch.deliver("\n".join(records) + "\n")
    batch.run()
    scored = batch.table("scored")
    assert scored.height == len(records)
    rows = {int(name.rpartition("-")[2]): row for name, *row in scored.select("id", *ANSWER).rows()}
    model = inference.model_fn(str(batch.root / "model"))
    for split in ("train", "validation", "test"):
        file = batch.output / split / f"{split}.parquet"
        columns = read_columns(file, ("row_id", *FEATURES))
        own = model.answer(columns)
        got = np.array([rows[number] for number in columns["row_id"]], dtype=np.float32)
        for position, name in enumerate(ANSWER):
            assert got[:, position].tobytes() == own[name].tobytes(), (split, name)


def test_order_and_bad_rows_change_no_prediction(
    batch: BatchRun, records: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    batch.deliver(named_rows(records[:200]))
    batch.run()
    before = batch.table("scored").select("id", *ANSWER).sort("id")
    header, *lines = named_rows(records[:200]).splitlines()
    lines += ["bad1,X,1,1,1,1,1,1,1", "bad2,M,1,1,1,1,1,1,none", "bad3,M,-1,1,1,1,1,1,1"]
    random.Random(3).shuffle(lines)  # noqa: S311 - an order, no secret
    batch.deliver("\n".join([header, *lines]) + "\n")
    report = batch.run()
    (scored, *_), (aside, *_) = _latest(batch, "scored"), _latest(batch, "set_aside")
    assert scored.select("id", *ANSWER).sort("id").equals(before)
    assert sorted(aside["id"]) == ["bad1", "bad2", "bad3"]
    assert (report["rows_in"], report["rows_scored"], report["rows_set_aside"]) == (203, 200, 3)
    last = capsys.readouterr().out.splitlines()[-1]
    figures = f"203 rows in, 200 scored, 3 set aside, {report['violations']} violations"
    assert last == f"batch {report['batch']}: {figures}"
    assert (batch.root / "output/message").read_text() == last


def _latest(batch: BatchRun, kind: str) -> list[pl.DataFrame]:
    folder = batch.output / "predictions" / kind / "date=2026-11-25"
    files = sorted(folder.glob("*.parquet"), key=lambda file: -file.stat().st_mtime_ns)
    return [pl.read_parquet(file, hive_partitioning=False) for file in files]


def test_results_say_which_model_run_and_batch_they_are_of(
    batch: BatchRun, records: list[str]
) -> None:
    batch.deliver(named_rows(records[:20]))
    report = batch.run()
    (row, *_) = batch.table("scored").iter_rows(named=True)
    assert (row["id"], row["model_package"], row["model_version"]) == ("n0", ARN, 3)
    assert (row["run_id"], row["batch_id"]) == ("r1", report["batch"])
    assert row["scored_at"].isoformat() == "2026-11-25T02:00:00"
    assert row["lower"] < row["prediction"] < row["upper"]
    (csv,) = (batch.output / "predictions/csv/date=2026-11-25").iterdir()
    header, first, *_ = csv.read_text().splitlines()
    assert header.split(",")[:4] == ["id", *ANSWER]
    # The shortest text that gives the float32 back.
    assert np.float32(first.split(",")[1]) == np.float32(row["prediction"])
    told = json.loads(report["announce"])
    assert told["batch"] == report["batch"]
    assert told["date"] == "2026-11-25"


def test_the_tables_columns_are_those_of_the_files(batch: BatchRun, records: list[str]) -> None:
    from pipeline_definitions.training import PROJECT

    batch.deliver(named_rows(records[:9]) + "bad,X,1,1,1,1,1,1,1\n")
    batch.run()
    hive: dict[type[pl.DataType] | pl.DataType, str] = {
        pl.String(): "string",
        pl.Float32(): "float",
        pl.Int32(): "int",
        pl.Int64(): "bigint",
        pl.Datetime("ms"): "timestamp",
    }
    assert PROJECT.tables
    for table in PROJECT.tables:
        schema = batch.table(table.folder).schema
        assert {name: hive[each] for name, each in schema.items()} == table.columns


def test_a_batch_that_comes_again_is_not_scored_again(batch: BatchRun, records: list[str]) -> None:
    batch.deliver(named_rows(records[:30]))
    batch.run()
    batch.remember()

    def seen(*arguments: str) -> dict[str, Any]:
        assert batch.preprocess(*arguments) == 0
        report: dict[str, Any] = json.loads((batch.output / "report/batch.json").read_text())
        return report

    again = seen()
    assert again["batch"]["seen"] == 1
    assert again["batch"]["before"]["run_id"] == "r1"
    assert json.loads(again["publish"]) == {"RowsIn": 30, "RowsScored": 0, "RowsSetAside": 0}
    assert seen("--score-again", "yes")["batch"]["seen"] == 0
    # Under another name it is the same batch, with a row more another one.
    file = batch.root / "processing/input/data/batch.csv"
    file.rename(file.with_name("renamed.csv"))
    assert seen()["batch"]["seen"] == 1
    (file.with_name("renamed.csv")).unlink()
    batch.deliver(named_rows(records[:31]))
    assert seen()["batch"]["seen"] == 0


def test_a_file_beside_those_of_the_night_before_is_a_batch_by_itself(
    batch: BatchRun, records: list[str]
) -> None:
    """A sender who leaves a file a night, and none away, has each row scored once."""
    batch.deliver(named_rows(records[:30]), "monday.csv")
    first = batch.run()
    batch.remember()
    header, *lines = named_rows(records[30:40]).splitlines()
    tuesday = [line.replace("n", "t", 1) for line in lines]
    batch.deliver("\n".join([header, *tuesday]) + "\n", "tuesday.csv")
    second = batch.run()
    batch.remember()
    assert (first["rows_in"], second["rows_in"]) == (30, 10)
    (scored, *_) = _latest(batch, "scored")
    assert sorted(scored["id"]) == [f"t{number}" for number in range(10)]
    assert batch.preprocess() == 0
    report = json.loads((batch.output / "report/batch.json").read_text())
    assert (report["batch"]["seen"], report["rows"]["read"]) == (1, 40)
    assert batch.preprocess("--score-again", "yes") == 0
    report = json.loads((batch.output / "report/batch.json").read_text())
    assert (report["batch"]["seen"], report["rows"]["good"]) == (0, 40)


def test_a_rehearsal_leaves_the_tables_and_the_batch_as_they_are(
    batch: BatchRun, records: list[str]
) -> None:
    batch.deliver(named_rows(records[:30]))
    report = batch.run(rehearsal="yes")
    assert report["rows_scored"] == 30
    predictions = batch.output / "predictions"
    assert sorted(each.name for each in predictions.iterdir()) == ["rehearsals"]
    (file,) = (predictions / "rehearsals/scored").glob("date=2026-11-25/*.parquet")
    assert pl.read_parquet(file, hive_partitioning=False).height == 30
    assert not list(predictions.rglob("batches"))


def test_another_model_scores_the_same_batch(batch: BatchRun, records: list[str]) -> None:
    batch.deliver(named_rows(records[:5]))
    batch.run()
    batch.remember()
    assert batch.preprocess("--model-package", ARN.replace("/3", "/4")) == 0
    assert json.loads((batch.output / "report/batch.json").read_text())["batch"]["seen"] == 0


def test_many_surplus_columns_make_few_metrics() -> None:
    violations = [("extra_column_check", f"c{number}") for number in range(1000)]
    violations += [("data_type_check", "sex"), ("completeness_check", "sex")]
    found = figures.by_feature(violations)
    assert len(found) == 51
    assert (found["sex"], sum(found.values())) == (2, 1002)


def test_values_beyond_training_are_counted_and_moved(batch: BatchRun) -> None:
    batch.deliver("M,9,9,9,9,9,9,9\n")
    assert batch.preprocess() == 0
    report = json.loads((batch.output / "report/batch.json").read_text())
    assert set(report["beyond_training"].values()) == {0, 1}
    assert report["beyond_training"]["length"] == 1
    # What the model is asked stays what came: it moves values itself, with its own transformer.
    assert (batch.output / "records/part-00000.csv").read_text() == "1,M" + ",9.0" * 7 + "\n"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda lines: lines[1:], r"rows \[1\] are missing"),
        (lambda lines: [*lines, lines[0]], "some twice"),
        (lambda lines: [lines[0].replace(",", ",nan", 1), *lines[1:]], "cannot be read|not a num"),
        (lambda _: ["what", "is", "this"], "cannot be read"),
    ],
)
def test_answers_that_do_not_fit_the_rows_are_refused(
    batch: BatchRun,
    records: list[str],
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[list[str]], list[str]],
    message: str,
) -> None:
    import re

    batch.deliver(named_rows(records[:5]))
    batch.run()
    (file,) = (batch.root / "processing/input/scored").iterdir()
    file.write_text("\n".join(spoil(file.read_text().splitlines())) + "\n")
    arguments = ["--model-version", "3", "--run-id", "r", "--time", "1764036000"]
    assert postprocess_batch.main(["--model-package", ARN, *arguments]) == 1
    assert re.search(message, capsys.readouterr().err)
