"""Late truth: joined by id with what one model had said, and measured."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from scipy import stats

import join_truth
import measure_quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ARN, OLDER = "arn:model/2", "arn:model/1"


def _said(root: Path, day: int, rows: Sequence[tuple[str, float]], arn: str = ARN) -> None:
    table = pl.DataFrame(
        {
            "id": [name for name, _ in rows],
            "prediction": pl.Series([value for _, value in rows], dtype=pl.Float32),
            "model_package": [arn] * len(rows),
            "scored_at": [datetime(2026, 11, day)] * len(rows),  # noqa: DTZ001 - as in Parquet
        }
    )
    folder = root / "processing/input/predictions" / f"date=2026-11-{day}"
    folder.mkdir(parents=True, exist_ok=True)
    table.write_parquet(folder / f"{arn[-1]}.parquet")


def _truth(root: Path, text: str) -> None:
    folder = root / "processing/input/data"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "truth.csv").write_text(text)


def _pairs(root: Path) -> list[str]:
    assert join_truth.main(["--model-package", ARN]) == 0
    text = (root / "processing/output/pairs/pairs.csv").read_text()
    return text.splitlines()


def test_each_truth_stands_beside_the_models_latest_word(ml_root: Path) -> None:
    _said(ml_root, 10, [("a", 9.5), ("b", 8.25)])
    _said(ml_root, 11, [("a", 10.5), ("c", 7)])
    _said(ml_root, 12, [("a", 99), ("d", 99)], OLDER)
    _truth(ml_root, "rings,id,note\n8,a,first\n11,a,mended\n7,c,\n9,unknown,\nmany,b,\n")
    assert sorted(_pairs(ml_root)) == ["10.5,11.0", "7.0,7.0", "prediction,rings"]
    report = json.loads((ml_root / "processing/output/report/truth.json").read_text())
    assert report["squared_error_deviation"] == pytest.approx(0.25 / 2**0.5), "of 0.25 and 0"
    counts = {key: report[key] for key in ("truths", "unusable_truths", "predictions", "pairs")}
    assert counts == {"truths": 4, "unusable_truths": 1, "predictions": 3, "pairs": 2}


def test_what_does_not_belong_together_is_told(
    ml_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused() -> str:
        assert join_truth.main(["--model-package", ARN]) == 1
        return capsys.readouterr().err

    _truth(ml_root, "name,rings\na,8\n")
    lacking = refused()
    assert "truth.csv lacks the column id" in lacking
    assert lacking.endswith("it has name, rings\n")
    _truth(ml_root, "id;rings\na;8,5\nb;9,5\n")
    assert "none of 2 true values is a number from 1 to" in refused()
    _truth(ml_root, "id,rings\na,8\n")
    assert "no predictions below" in refused()
    _said(ml_root, 10, [("z", 9.5)], OLDER)
    _said(ml_root, 10, [("y", 9.5)])
    assert "none of 1 ids with a truth was ever scored, by any model" in refused()


def test_truth_comes_in_the_forms_of_batches(
    ml_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _said(ml_root, 10, [("007", 9.5), (" é;", 8.25)])
    _truth(ml_root, "")
    file = ml_root / "processing/input/data/truth.csv"
    file.write_bytes('Rings;"ID"\r\n8;007\r\n" 9";" é;"\r\n'.encode("utf-16"))
    assert sorted(_pairs(ml_root)) == ["8.25,9.0", "9.5,8.0", "prediction,rings"]
    assert "read as UTF-16; fields separated by semicolons" in capsys.readouterr().out
    for text, said in {
        "id,rings\n007,8\n\nx,1,2\n": "truth.csv, line 4: 3 columns where 2 are expected",
        "007,8\nx,1\n": "truth.csv lacks the column id and rings",
    }.items():
        _truth(ml_root, text)
        assert join_truth.main(["--model-package", ARN]) == 1
        assert said in capsys.readouterr().err


def test_the_truth_of_a_new_model_comes_late_and_is_no_fault(ml_root: Path) -> None:
    _said(ml_root, 10, [("a", 9.5)], OLDER)
    _truth(ml_root, "id,rings\na,8\n")
    for said in ([], [("b", 7.0)]):
        if said:
            _said(ml_root, 11, said)
        assert _pairs(ml_root) == ["prediction,rings"]
        report = json.loads((ml_root / "processing/output/report/truth.json").read_text())
        assert report["pairs"] == 0
        published = {"RowsIn": 1, "RowsScored": 0, "RowsSetAside": 0}
        assert json.loads(report["publish"]) == published


def _checked(root: Path, mse: float | str, pairs: int = 7) -> None:
    files = {
        "check/statistics.json": {"regression_metrics": {"mse": {"value": mse}}},
        "check/constraint_violations.json": {"violations": [{"metric_name": "mse"}]},
        "baseline/constraints.json": {"regression_constraints": {"mse": {"threshold": 4.0}}},
        "registered/statistics.json": {"dataset": {"item_count": 600}},
        "truth/truth.json": {"truths": 9, "pairs": pairs, "squared_error_deviation": 3.0},
    }
    for name, content in files.items():
        path = root / "processing/input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))


def test_the_error_is_published_with_its_excess_beyond_chance(ml_root: Path) -> None:
    for pairs, mse, alarming in ((7, 4.5, False), (400, 4.2, False), (400, 4.5, True)):
        _checked(ml_root, mse, pairs)
        assert measure_quality.main([]) == 0
        report = json.loads((ml_root / "processing/output/report/figures.json").read_text())
        figures = json.loads(report["publish"])
        margin = stats.t.ppf(0.99, pairs - 1) * 3 * (1 / pairs + 1 / 600) ** 0.5
        assert figures == {
            "ModelQualityMse": mse,
            "ModelQualityLimitExcess": pytest.approx(mse - 4 - margin),
            "RowsIn": 9,
            "RowsScored": pairs,
            "RowsSetAside": 9 - pairs,
            "Violations": 1,
        }
        assert (figures["ModelQualityLimitExcess"] > 0) is alarming
        assert report["mse_margin"] == pytest.approx(margin)


def test_one_pair_says_nothing_of_the_limit(ml_root: Path) -> None:
    _checked(ml_root, 40, pairs=1)
    assert measure_quality.main([]) == 0
    report = json.loads((ml_root / "processing/output/report/figures.json").read_text())
    assert json.loads(report["publish"])["ModelQualityLimitExcess"] == 0
    assert "too few for a margin" in (ml_root / "output/message").read_text()


def test_a_figure_that_is_none_is_told(ml_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _checked(ml_root, "none")
    assert measure_quality.main([]) == 1
    assert "has no number regression_metrics.mse.value" in capsys.readouterr().err
