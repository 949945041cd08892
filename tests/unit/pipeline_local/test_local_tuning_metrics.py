"""What the built-in algorithm evaluates, and which of it a tuning job's objective is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xgboost

from pipeline_local.image_programs.xgboost_algorithm import train
from pipeline_local.image_programs.xgboost_metrics import OWN_METRICS, evaluator
from pipeline_local.steps.training import round_metrics

if TYPE_CHECKING:
    from pathlib import Path


def run(root: Path, **hyperparameters: str) -> None:
    random = np.random.default_rng(3)
    for channel, count in (("train", 60), ("validation", 30)):
        features = random.uniform(0, 1, (count, 2))
        label = (features[:, 0] + 0.3 * random.normal(size=count) > 0.5).astype(int)
        folder = root / "input" / "data" / channel
        folder.mkdir(parents=True)
        np.savetxt(folder / "a.csv", np.column_stack([label, features]), delimiter=",")
    config = root / "input" / "config"
    config.mkdir()
    channels = {name: {"ContentType": "text/csv"} for name in ("train", "validation")}
    (config / "inputdataconfig.json").write_text(json.dumps(channels))
    given = {"num_round": "6", "objective": "binary:logistic", "nthread": "1", **hyperparameters}
    (config / "hyperparameters.json").write_text(json.dumps(given))
    train(root)


def test_the_objective_is_evaluated_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, eval_metric="auc,logloss", _tuning_objective_metric="validation:auc")
    names = [item["MetricName"] for item in round_metrics(capsys.readouterr().out)]
    assert names == ["train:logloss", "train:auc", "validation:logloss", "validation:auc"]


def test_metrics_of_the_algorithm_itself_are_evaluated_and_stop_early(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(
        tmp_path,
        num_round="60",
        early_stopping_rounds="3",
        _tuning_objective_metric="validation:f1",
    )
    log = capsys.readouterr().out
    found = {item["MetricName"]: item["Value"] for item in round_metrics(log)}
    assert 0.3 < found["validation:f1"] <= 1
    booster = xgboost.Booster(
        model_file=bytearray((tmp_path / "model" / "xgboost-model").read_bytes())
    )
    assert booster.num_boosted_rounds() < 60
    scores = [float(line.split("validation-f1:")[1]) for line in log.splitlines() if "-f1:" in line]
    assert scores[booster.best_iteration] == max(scores)


@pytest.mark.parametrize(
    "predicted",
    [
        [0.9, 0.2, 0.6, 0.1],
        [[0.1, 0.9], [0.8, 0.2], [0.4, 0.6], [0.9, 0.1]],
        [1.0, 0.0, 1.0, 0.0],
    ],
)
def test_classes_are_read_from_scores(predicted: Any) -> None:
    data = xgboost.DMatrix(np.zeros((4, 1)), label=np.array([1, 0, 0, 0]))
    expected = {"accuracy": 0.75, "recall": 1.0, "precision": 0.5, "f1_binary": 2 / 3}
    assert dict(evaluator(list(expected))(np.array(predicted), data)) == pytest.approx(expected)


def test_every_metric_can_be_computed() -> None:
    data = xgboost.DMatrix(np.zeros((4, 1)), label=np.array([1, 0, 0, 1]))
    found = dict(evaluator(sorted(OWN_METRICS))(np.array([1.0, 0.0, 0.0, 1.0]), data))
    assert found.pop("mse") == 0
    assert set(found.values()) == {1.0}
