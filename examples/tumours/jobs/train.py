"""Job `Train`: a logistic regression on standardized measurements, in script mode."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

import joblib
from common import FEATURES, MODEL, TARGET, read_table, run
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SERVED = ("common.py", "inference.py")


def train() -> None:
    """Read the channel `train`, leave the model and the code that serves it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regularization", type=float, default=1.0)
    settings = parser.parse_args()
    rows = read_table(Path(os.environ["SM_CHANNEL_TRAIN"]) / "train.csv")
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=1 / settings.regularization, max_iter=1000)
    )
    losses = -cross_val_score(model, rows[FEATURES], rows[TARGET], scoring="neg_log_loss", cv=5)
    print(f"validation:log_loss={losses.mean():.6f}")
    model.fit(rows[FEATURES], rows[TARGET])
    folder = Path(os.environ["SM_MODEL_DIR"])
    joblib.dump(model, folder / MODEL)
    (folder / "code").mkdir()
    for name in SERVED:
        shutil.copyfile(Path(__file__).parent / name, folder / "code" / name)


if __name__ == "__main__":
    run(train)
