from __future__ import annotations

import csv
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import preprocess
from abalone.schema import COLUMNS, FEATURES, MEASUREMENTS
from abalone.transformer import Transformer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPLITS = ("train", "validation", "test")


def outputs(root: Path) -> Path:
    return root / "processing" / "output"


def report(root: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((outputs(root) / "report/data_report.json").read_text())
    return document


def failure(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The message, which must be the same everywhere, and no traceback."""
    message = (root / "output/failure").read_text()
    assert (root / "output/message").read_text() == message
    stderr = capsys.readouterr().err
    assert "Traceback" not in stderr
    assert stderr.startswith(f"error: {message}")
    return message


@pytest.fixture
def filled(ml_root: Path, give: Callable[..., Path], records: list[str]) -> Path:
    give("\n".join(records))
    return ml_root


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_outputs_hold_what_the_pipeline_counts_on(
    ml_root: Path, give: Callable[..., Path], records: list[str]
) -> None:
    bad = "M,0.5,0.4,0,0.7,0.3,0.1,0.2,9"
    file = give("\n".join([*records[:300], bad, *records[300:]]) + "\n")
    assert preprocess.main(["--seed", "3"]) == 0

    tables = {name: pq.read_table(outputs(ml_root) / name / f"{name}.parquet") for name in SPLITS}
    for table in tables.values():
        assert table.column_names == ["row_id", *COLUMNS]
        assert {str(table.schema.field(name).type) for name in MEASUREMENTS} == {"double"}
        assert str(table.schema.field("row_id").type) == "int64"
    held = {name: table.num_rows for name, table in tables.items()}
    assert held == {"train": 416, "validation": 89, "test": 95}, "of 600, about 70, 15 and 15 %"
    every = sorted(row for table in tables.values() for row in table["row_id"].to_pylist())
    assert every == [*range(1, 301), *range(302, 602)]

    facts = report(ml_root)
    assert facts["data"] == {
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "synthetic": False,
        "files": ["abalone.csv"],
        "notes": [],
    }
    assert facts["seed"] == 3
    assert {key: facts["rows"][key] for key in ("read", "kept", "set_aside", *SPLITS)} == {
        "read": 601,
        "kept": 600,
        "set_aside": 1,
        **held,
    }
    assert facts["rows"]["reasons"]["not_positive"]["row_ids"] == [301]
    assert set(facts["columns"]) == set(COLUMNS)
    assert sum(facts["columns"]["rings"]["counts"].values()) == 600

    with (outputs(ml_root) / "report/set_aside.csv").open() as text:
        (row,) = csv.DictReader(text)
    assert (row["row_id"], row["reason"], row["text"]) == ("301", "not_positive", bad)

    baseline = (outputs(ml_root) / "baseline/baseline.csv").read_text().splitlines()
    assert baseline[0] == ",".join(FEATURES)
    assert len(baseline) == 1 + held["train"]


def test_a_row_keeps_its_values_and_its_number(
    ml_root: Path, give: Callable[..., Path], records: list[str]
) -> None:
    give("\n".join(records))
    assert preprocess.main([]) == 0
    seen = 0
    for name in SPLITS:
        for row in pq.read_table(outputs(ml_root) / name / f"{name}.parquet").to_pylist():
            fields = records[row["row_id"] - 1].split(",")
            assert row["sex"] == fields[0]
            assert [row[c] for c in COLUMNS[1:]] == [float(value) for value in fields[1:]]
            seen += 1
    assert seen == len(records)


def test_the_transformer_is_fitted_on_the_training_split_alone(
    ml_root: Path, give: Callable[..., Path], records: list[str]
) -> None:
    give("\n".join(records))
    assert preprocess.main([]) == 0
    fitted = Transformer.load(outputs(ml_root) / "transformer/transformer.json")
    train = pq.read_table(outputs(ml_root) / "train/train.parquet")
    assert fitted.rows == train.num_rows
    for name, (low, high) in fitted.bounds.items():
        values = np.array(train[name])
        assert (low, high) == (values.min(), values.max())


def test_same_in_same_out_and_another_seed_another_validation(
    ml_root: Path, give: Callable[..., Path], records: list[str]
) -> None:
    give("\n".join(records))
    seen = []
    for seed in ("5", "5", "6"):
        assert preprocess.main(["--seed", seed]) == 0
        seen.append(tree(outputs(ml_root)))
    assert seen[0] == seen[1]
    assert seen[0]["validation/validation.parquet"] != seen[2]["validation/validation.parquet"]
    assert seen[0]["test/test.parquet"] == seen[2]["test/test.parquet"], "whatever the seed"


def test_a_sidecar_marks_the_report_synthetic(
    ml_root: Path, give: Callable[..., Path], records: list[str]
) -> None:
    give("\n".join(records))
    give('{"synthetic": true}', "abalone.csv.json")
    assert preprocess.main([]) == 0
    assert report(ml_root)["data"]["synthetic"] is True


def test_too_many_bad_rows_fail_the_job_and_are_named(
    ml_root: Path,
    give: Callable[..., Path],
    records: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    bad = ["X,1,2,3,4,5,6,7,8"] * 6 + ["M,1"]
    give("\n".join(bad + records))
    assert preprocess.main([]) == 1
    message = failure(ml_root, capsys)
    assert "7 of 607 rows (1.15%) cannot be used" in message
    assert "row 1 (abalone.csv:1), row 2 (abalone.csv:2)" in message
    assert "sex is not one of F, I, M: 6" in message
    assert not (outputs(ml_root) / "train").exists()
    assert report(ml_root)["rows"]["set_aside"] == 7, "the report helps to fix the data"
    assert preprocess.main(["--set-aside-limit", "0.02"]) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--seed", "-1"], "--seed -1"),
        (["--seed", "x"], "invalid int value: 'x'"),
        (["--test-share", "0.9"], "leave rows to train on"),
        (["--validation-share", "0"], "between 0 and 1"),
        (["--set-aside-limit", "2"], "--set-aside-limit: 2: it is a share"),
        (["--sed", "1"], "unrecognized arguments: --sed 1"),
    ],
)
def test_wrong_arguments_are_told(
    filled: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert preprocess.main(arguments) == 1
    assert says in failure(filled, capsys)


def test_missing_data_and_too_few_rows_are_told(
    ml_root: Path,
    give: Callable[..., Path],
    records: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert preprocess.main([]) == 1
    assert "no *.csv or *.data below" in failure(ml_root, capsys)
    give("\n".join(records[:3]))
    assert preprocess.main([]) == 1
    assert "3 usable rows are too few" in failure(ml_root, capsys)
    give("\n".join([records[0]] * 100))
    assert preprocess.main([]) == 1
    assert "validation would be empty" in failure(ml_root, capsys)
    give(f"X{records[0][1:]}\n")
    assert preprocess.main(["--set-aside-limit", "1"]) == 1
    assert "0 usable rows are too few" in failure(ml_root, capsys)
