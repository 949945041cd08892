"""Job `Evaluate`: measure the new model, and the approved one on the same rows."""

from __future__ import annotations

import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from common import FEATURES, INPUT, MODEL, OUTPUT, TARGET, read_table, run, write_json
from sklearn.metrics import log_loss, recall_score, roc_auc_score


def load(archive: Path) -> Any:
    """Load a model from its `model.tar.gz`."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as packed:
        packed.extract(MODEL, folder, filter="data")
        return joblib.load(Path(folder) / MODEL)


def evaluate() -> None:
    """Write `evaluation.json`; every figure that a condition reads is always a number."""
    rows = read_table(INPUT / "test" / "test.csv")
    truth = rows[TARGET].to_numpy()
    shares = load(INPUT / "model" / "model.tar.gz").predict_proba(rows[FEATURES])[:, 1]
    right = (shares >= 0.5) == truth  # noqa: PLR2004
    loss = log_loss(truth, shares)
    card = INPUT / "champion" / "champion.json"
    arn, champion_loss = "", loss
    if card.is_file():
        arn = json.loads(card.read_text(encoding="utf-8"))["model_package_arn"]
        champion = load(INPUT / "champion" / "model.tar.gz")
        champion_loss = log_loss(truth, champion.predict_proba(rows[FEATURES])[:, 1])
    report = {
        "binary_classification_metrics": {
            "accuracy": {
                "value": float(right.mean()),
                "standard_deviation": float(right.std() / np.sqrt(len(right))),
            },
            "auc": {"value": float(roc_auc_score(truth, shares))},
            "recall": {"value": float(recall_score(truth, shares >= 0.5))},  # noqa: PLR2004
            "log_loss": {"value": float(loss)},
        },
        "champion": {"present": card.is_file(), "model_package_arn": arn},
        "gate": {"log_loss_above_champion": float(loss - champion_loss)},
    }
    write_json(OUTPUT / "evaluation" / "evaluation.json", report)
    answers = pd.DataFrame(
        {TARGET: truth, "prediction": (shares >= 0.5).astype(int), "probability": shares}  # noqa: PLR2004
    )
    (OUTPUT / "quality").mkdir(parents=True, exist_ok=True)
    answers.to_csv(OUTPUT / "quality" / "quality.csv", index=False)
    print(f"accuracy {right.mean():.4f} on {len(right)} rows")


if __name__ == "__main__":
    run(evaluate)
