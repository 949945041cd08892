from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import train
from abalone.hyperparameters import ROWS_PER_THREAD, Hyperparameters, parse_hyperparameters
from abalone.model import Model
from abalone.schema import COLUMNS, ROW_ID
from abalone.split import SPLIT
from abalone.tables import read_columns
from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ["--num_boost_round", "60", "--early_stopping_rounds", "20"]


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def channels(after_training: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The channels of `after_training`, without a model yet."""
    shutil.rmtree(after_training / "model")
    for name in ("train", "validation", "transformer"):
        folder = after_training / "processing/output" / name
        monkeypatch.setenv(f"SM_CHANNEL_{name.upper()}", str(folder))
    return after_training


def test_the_artefact_holds_all_that_serving_needs(trained: Path) -> None:
    held = {
        path.relative_to(trained / "model").as_posix()
        for path in (trained / "model").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {
        "model.ubj",
        "transformer.json",
        "intervals.json",
        *(f"folds/{number}.ubj" for number in range(5)),
        "training_report.json",
        "code/inference.py",
        "code/score.py",
        "code/abalone/__init__.py",
        "code/abalone/transformer.py",
    } <= held
    shipped = (trained / "model/transformer.json").read_bytes()
    assert shipped == (trained / "processing/output/transformer/transformer.json").read_bytes()


def test_the_report_tells_how_it_was_trained(trained: Path) -> None:
    report = json.loads((trained / "model/training_report.json").read_text())
    preprocessed = json.loads((trained / "processing/output/report/data_report.json").read_text())
    assert report["rows"] == {part: preprocessed["rows"][part] for part in ("train", "validation")}
    assert report["origin"] == {
        "sha256": preprocessed["data"]["sha256"],
        "synthetic": False,
        "rows": 600,
        "split": SPLIT,
        "test_share": 0.15,
    }
    assert report["hyperparameters"]["num_boost_round"] == 60
    curve = report["curves"]["validation"]
    assert curve[report["best_round"] - 1] == min(curve)
    assert report["validation"]["rmse"] == pytest.approx(min(curve), rel=1e-4)
    assert sum(report["importance"].values()) == pytest.approx(1)
    assert set(report["importance"]) == set(report["features"])
    assert json.loads((trained / "output/data/training_report.json").read_text()) == report


def test_the_refit_has_as_many_rounds_as_validation_asked_for(trained: Path) -> None:
    report = json.loads((trained / "model/training_report.json").read_text())
    booster = Model.load(trained / "model").booster
    assert booster.num_boosted_rounds() == report["best_round"]


def test_the_model_is_better_than_the_mean(trained: Path) -> None:
    test = read_columns(trained / "processing/output/test/test.parquet", COLUMNS)
    rings = test["rings"].astype(float)
    predictions = Model.load(trained / "model").predict(test)
    assert np.mean((predictions - rings) ** 2) < 0.7 * rings.var()


def test_metric_lines_are_what_the_definition_matches(
    channels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(QUICK) == 0
    printed = capsys.readouterr().out
    report = json.loads((channels / "model/training_report.json").read_text())
    for name in ("mse", "rmse", "mae"):
        found = re.findall(rf"validation:{name}=([0-9.eE+-]+)", printed)
        assert [float(value) for value in found] == [
            pytest.approx(report["validation"][name], abs=1e-5)
        ]


def test_same_rows_in_another_order_give_the_same_bytes(channels: Path) -> None:
    assert train.main(QUICK) == 0
    before = sha(channels / "model/model.ubj")
    for name in ("train", "validation"):
        file = channels / "processing/output" / name / f"{name}.parquet"
        table = pq.read_table(file)
        order = np.random.default_rng(0).permutation(table.num_rows)
        shuffled = table.take(order).drop([ROW_ID])
        pq.write_table(shuffled.append_column(ROW_ID, pa.array(range(len(order)))), file)
    assert train.main([*QUICK, "--nthread", "2"]) == 0
    assert sha(channels / "model/model.ubj") == before
    assert train.main([*QUICK, "--seed", "43"]) == 0
    assert sha(channels / "model/model.ubj") != before


def test_it_runs_as_the_training_toolkit_runs_it(channels: Path) -> None:
    """`python -m train` in the code's folder, with the toolkit's variables."""
    code = next(path for path in map(type(channels), sys.path) if (path / "train.py").is_file())
    done = subprocess.run(
        [sys.executable, "-m", "train", *QUICK],
        cwd=code,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "validation:mse=" in done.stdout
    assert (channels / "model/model.ubj").is_file()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [("train/train.parquet", "cannot read .*train.parquet"), ("transformer", "fitted transformer")],
)
def test_a_missing_channel_is_told(
    channels: Path, capsys: pytest.CaptureFixture[str], spoil: str, says: str
) -> None:
    target = channels / "processing/output" / spoil
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    assert train.main(QUICK) == 1
    assert re.search(says, (channels / "output/failure").read_text())
    assert "Traceback" not in capsys.readouterr().err
    assert not (channels / "model").exists()


def test_a_column_that_is_missing_is_named(channels: Path) -> None:
    file = channels / "processing/output/train/train.parquet"
    pq.write_table(pq.read_table(file).drop(["height"]), file)
    assert train.main(QUICK) == 1
    assert "lacks the columns height" in (channels / "output/failure").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--eta", "0"], "eta is 0.0, it must be above 0"),
        (["--eta", "nan"], "eta is nan"),
        (["--max_depth", "x"], "argument --max_depth: invalid int value"),
        (["--subsample", "1.5"], "subsample is 1.5"),
        (["--objective", "rank:map"], "objective is rank:map, it must be one of reg:gamma"),
        (["--max-depth", "3"], "unrecognized arguments: --max-depth 3"),
        (["--nthread", "-1"], "nthread is -1"),
    ],
)
def test_wrong_hyperparameters_are_told(arguments: list[str], says: str) -> None:
    with pytest.raises(JobError, match=re.escape(says)):
        parse_hyperparameters(arguments)


def test_hyperparameters_that_are_not_given_have_their_defaults() -> None:
    assert parse_hyperparameters([]) == Hyperparameters()
    assert parse_hyperparameters(["--eta", "0.1"]) == Hyperparameters(eta=0.1)


def test_threads_follow_the_rows_unless_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    auto = [
        Hyperparameters().booster_parameters(rows)["nthread"]
        for rows in (100, ROWS_PER_THREAD, 100 * ROWS_PER_THREAD)
    ]
    assert auto == [1, 2, 4]
    assert Hyperparameters(nthread=3).booster_parameters(100)["nthread"] == 3
