"""The built-in XGBoost algorithm: trains from channels to `/opt/ml/model/xgboost-model`.

Source: SageMaker AI developer guide, "XGBoost algorithm" and "XGBoost hyperparameters".
"""

from __future__ import annotations

import importlib
import json
import pickle
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.problem import Problem
from pipeline_local.image_programs.xgboost_channels import (
    CHANNELS,
    channel_problems,
    content_kind,
    read_channel,
)
from pipeline_local.image_programs.xgboost_hyperparameters import OWN, read_hyperparameters
from pipeline_local.image_programs.xgboost_metrics import OWN_METRICS, evaluator, is_larger_better

if TYPE_CHECKING:
    import xgboost


def main(root: Path, *, pickled: bool = False) -> int:
    """Train; return the exit status."""
    try:
        train(root, pickled=pickled)
    except Exception as error:  # noqa: BLE001 - whatever it is, it fails the job with its words
        if not (isinstance(error, Problem) or type(error).__module__.startswith("xgboost")):
            traceback.print_exc()
        words = str(error).splitlines()
        message = next(
            (line for line in words if "Check failed" in line), words[0] if words else ""
        )
        (root / "output" / "failure").write_text(f"{type(error).__name__}: {message}")
        sys.stderr.write(f"{message}\n")
        return 1
    return 0


def train(root: Path, *, pickled: bool = False) -> None:
    """Train on the channels below a root, and write the model."""
    import xgboost

    config = root / "input" / "config"
    given = json.loads((config / "hyperparameters.json").read_text())
    parameters = read_hyperparameters(given)
    channels = json.loads((config / "inputdataconfig.json").read_text())
    for line in channel_problems([{"ChannelName": k, **each} for k, each in channels.items()]):
        raise Problem(line)
    matrices = _matrices(root, channels, weights=bool(parameters.get("csv_weights")))
    for name, matrix in matrices.items():
        _say(f"INFO:root:{name.capitalize()} matrix has {matrix.num_row()} rows")
    booster = {name: value for name, value in parameters.items() if name not in OWN}
    # `silent` is older than xgboost 1.0, and has no effect any more.
    booster.pop("silent", None)
    metrics = _metrics(parameters)
    own = [name for name in metrics if name in OWN_METRICS]
    if given := [name for name in metrics if name not in OWN_METRICS]:
        booster["eval_metric"] = given
    model = xgboost.train(
        booster,
        matrices["train"],
        num_boost_round=int(parameters["num_round"]),
        evals=[(matrix, name) for name, matrix in matrices.items()],
        early_stopping_rounds=parameters.get("early_stopping_rounds"),
        verbose_eval=True,
        custom_metric=evaluator(own) if own else None,
        # Of its own metrics xgboost knows which are the better the larger.
        maximize=is_larger_better(own[-1]) if own else None,
    )
    folder = root / "model"
    folder.mkdir(exist_ok=True)
    # Images before 1.3-1 pickle the model ("XGBoost algorithm", "Input/Output interface").
    content = pickle.dumps(model) if pickled else bytes(model.save_raw("ubj"))
    (folder / "xgboost-model").write_bytes(content)


def _metrics(parameters: dict[str, Any]) -> list[str]:
    """Return the metrics to evaluate, a tuning job's objective last for early stopping."""
    given = str(parameters.get("eval_metric") or "").strip("[]").split(",")
    _, _, objective = str(parameters.get("_tuning_objective_metric") or "").partition(":")
    names = [name for part in given if (name := part.strip()) and name != objective]
    return [*names, *([objective] if objective else [])]


def _matrices(root: Path, channels: dict[str, Any], *, weights: bool) -> dict[str, xgboost.DMatrix]:
    import numpy as np
    import xgboost

    read = {}
    for name in CHANNELS:
        if name in channels:
            kind = content_kind(channels[name].get("ContentType", ""))
            # As in the container, weights are read from the training channel only.
            own = weights and name == "train"
            read[name] = read_channel(root / "input" / "data" / name, kind, weights=own)
    width = max(features.shape[1] for features, _, _ in read.values())
    matrices = {}
    for name, (features, labels, weight) in read.items():
        if not isinstance(features, np.ndarray):
            features.resize((features.shape[0], width))  # libsvm: trailing features may be absent
        if features.shape[1] != width:
            raise Problem(f"channel {name} has {features.shape[1]} features, another has {width}")
        matrices[name] = xgboost.DMatrix(features, label=labels, weight=weight)
    return matrices


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _import_xgboost() -> None:
    """Import XGBoost without scikit-learn: a training uses none of it, and it takes longer."""
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    importlib.import_module("xgboost")
    del sys.modules["sklearn"]


if __name__ == "__main__":
    _import_xgboost()
    sys.exit(main(Path("/opt/ml"), pickled="--pickled" in sys.argv[1:]))
