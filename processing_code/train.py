"""Job `Train`: script mode of SageMaker's XGBoost image.

Channels `train`, `validation` and `transformer`; hyperparameters as command-line arguments. Leaves
in the model folder the booster, the fitted transformer, `training_report.json` and `code/`, so
that the artefact scores and serves itself; the fold models and the data's origin, for the gate.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import abalone
import tabular
from abalone.folds import FOLDER
from abalone.hyperparameters import parse_hyperparameters
from abalone.metrics import mean_squared_error
from abalone.origin import read_origin
from abalone.schema import COLUMNS
from abalone.tables import read_columns
from abalone.training import fit, importance
from abalone.transformer import FILE_NAME, Transformer
from tabular.failure import exit_code_of
from tabular.files import rounded, write_json
from tabular.paths import training_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

SHIPPED = ("inference.py", "score.py")
REPORT_FILE = "training_report.json"


def ship_code(folder: Path) -> None:
    """Copy the code that serves the model beside the model."""
    here = Path(__file__).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    for name in SHIPPED:
        shutil.copyfile(here / name, folder / name)
    for package in (abalone, tabular):
        source, target = Path(package.__path__[0]), folder / package.__name__
        target.mkdir(parents=True, exist_ok=True)
        for file in sorted(source.glob("*.py")):
            shutil.copyfile(file, target / file.name)


def train(arguments: Sequence[str]) -> None:
    """Run the job."""
    settings = parse_hyperparameters(arguments)
    channel = {
        name: training_folder(f"SM_CHANNEL_{name.upper()}", f"input/data/{name}")
        for name in ("train", "validation", "transformer")
    }
    model_folder = training_folder("SM_MODEL_DIR", "model")
    transformer = Transformer.load(channel["transformer"] / FILE_NAME)
    rows = {
        name: read_columns(channel[name] / f"{name}.parquet", COLUMNS)
        for name in ("train", "validation")
    }
    fitted = fit(rows["train"], rows["validation"], transformer, settings)

    mse = mean_squared_error(fitted.validation_rings, fitted.validation_predictions)
    mae = float(abs(fitted.validation_rings - fitted.validation_predictions).mean())
    train_rmse = fitted.curves["train"][fitted.best_round - 1]
    # For readers of the log: SageMaker takes no MetricDefinitions with its XGBoost image.
    print(f"train:rmse={train_rmse:.6f}")
    print(f"validation:rmse={mse**0.5:.6f}")
    print(f"validation:mse={mse:.6f}")
    print(f"validation:mae={mae:.6f}")
    print(f"best_round={fitted.best_round}")

    fitted.model.save(model_folder)
    fitted.folds.save(model_folder / FOLDER)
    ship_code(model_folder / "code")
    report = {
        "origin": read_origin(channel["train"]),
        "best_round": fitted.best_round,
        "validation": {"mse": rounded(mse), "rmse": rounded(mse**0.5), "mae": rounded(mae)},
        "hyperparameters": asdict(settings),
        "rows": {name: len(columns[COLUMNS[0]]) for name, columns in rows.items()},
        "features": transformer.feature_names,
        "importance": {name: rounded(share) for name, share in importance(fitted.model).items()},
        "curves": {
            part: [rounded(value) for value in curve] for part, curve in fitted.curves.items()
        },
    }
    write_json(model_folder / REPORT_FILE, report)
    write_json(training_folder("SM_OUTPUT_DATA_DIR", "output/data") / REPORT_FILE, report)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(train, arguments)


if __name__ == "__main__":
    sys.exit(main())
