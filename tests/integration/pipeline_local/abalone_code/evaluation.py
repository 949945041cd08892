"""Evaluate the built-in algorithm's model, in the style of AWS's abalone example."""

import json
import pathlib
import tarfile

import numpy as np
import pandas as pd
import xgboost

root = pathlib.Path("/opt/ml/processing")
with tarfile.open(root / "model" / "model.tar.gz") as archive:
    archive.extractall(path="/tmp", filter="data")  # noqa: S108 - the job's own
model = xgboost.Booster(model_file="/tmp/xgboost-model")  # noqa: S108
table = pd.read_csv(root / "test" / "test.csv", header=None).to_numpy()
errors = model.predict(xgboost.DMatrix(table[:, 1:])) - table[:, 0]
report = {
    "regression_metrics": {
        "mse": {"value": float(np.mean(errors**2)), "standard_deviation": float(np.std(errors))}
    }
}
(root / "evaluation" / "evaluation.json").write_text(json.dumps(report))
