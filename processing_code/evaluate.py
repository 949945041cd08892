"""Job `Evaluate`: measure the challenger, and the champion on the same rows.

Reads below `input/`: `model/model.tar.gz`, `test/test.parquet`, and `champion/` (`model.tar.gz`
and `champion.json` if a model is approved). Writes below `output/`: `evaluation/evaluation.json`,
`evaluation/predictions.parquet`, `evaluation/plots/*.png`, and `quality/predictions.csv` (what was
said and what was, for the baseline of the model's errors).
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abalone.artefact import PREDICTION, score
from abalone.intervals import LEVEL, coverage
from abalone.metrics import mean_squared_error, paired_difference, regression_metrics
from abalone.plots import plot_calibration, plot_importance, plot_residuals
from abalone.schema import ROW_ID, TARGET, FloatArray
from abalone.tables import read_columns, write_columns
from tabular.arguments import Arguments
from tabular.artefact import ARCHIVE, find_champion, unpack
from tabular.failure import JobError, exit_code_of
from tabular.files import rounded, write_json, write_whole
from tabular.paths import processing_input, processing_output

if TYPE_CHECKING:
    from collections.abc import Sequence

TRAINING_REPORT = "training_report.json"


def read_importance(artefact: Path) -> dict[str, float]:
    """Read the feature importance that training left in the artefact."""
    try:
        report = json.loads((artefact / TRAINING_REPORT).read_text(encoding="utf-8"))
        return {str(name): float(share) for name, share in report["importance"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise JobError(f"the challenger's {TRAINING_REPORT} cannot be read: {error!r}") from None


def write_pairs(path: Path, predictions: FloatArray, rings: FloatArray) -> None:
    """Write the CSV of predictions and rings that Model Monitor reads."""
    lines = [f"{said!s},{int(was)}" for said, was in zip(predictions.tolist(), rings, strict=True)]
    text = "\n".join([f"{PREDICTION},{TARGET}", *lines, ""])
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def compare(
    rings: FloatArray, challenger: FloatArray, champion: FloatArray | None, arn: str
) -> dict[str, Any]:
    """Describe the champion and how far the challenger is above it.

    Every figure is always a number, because the condition step reads it: without a champion
    `gate.mse_above_champion` and `champion.mse.value` are 0.
    """
    difference, error = (0.0, 0.0)
    if champion is not None:
        difference, error = paired_difference(rings, challenger, champion)
    return {
        "champion": {
            "present": champion is not None,
            "model_package_arn": arn,
            "mse": {
                "value": 0.0 if champion is None else rounded(mean_squared_error(rings, champion))
            },
        },
        "gate": {
            "mse_above_champion": rounded(difference),
            "mse_above_champion_standard_error": rounded(error),
        },
    }


def evaluate(arguments: Sequence[str]) -> None:
    """Run the job."""
    Arguments(prog="evaluate.py", description=__doc__).parse_args(arguments)
    rows = processing_input("test") / "test.parquet"
    test = read_columns(rows, (ROW_ID, TARGET))
    rings = test[TARGET].astype(np.float64)
    champion = find_champion(processing_input("champion"))
    with tempfile.TemporaryDirectory(prefix="evaluate-") as name:
        scratch = Path(name)
        archives = {"challenger": processing_input("model") / ARCHIVE}
        if champion:
            archives["champion"] = champion.archive
        artefacts = {
            whose: unpack(whose, archive, scratch / whose) for whose, archive in archives.items()
        }
        importance = read_importance(artefacts["challenger"])
        said = {
            whose: score(whose, artefact, rows, scratch / f"{whose}.parquet")
            for whose, artefact in artefacts.items()
        }
        ends = read_columns(scratch / "challenger.parquet", ("lower", "upper"))
    predictions = said["challenger"]

    arn = champion.model_package_arn if champion else ""
    mean = np.full(len(rings), rings.mean())
    report = {
        "regression_metrics": regression_metrics(rings, predictions),
        "prediction_interval": {
            "level": LEVEL,
            "coverage": rounded(coverage(rings, ends["lower"], ends["upper"])),
            "mean_width": rounded(float(np.mean(ends["upper"] - ends["lower"], dtype=np.float64))),
        },
        **compare(rings, predictions, said.get("champion"), arn),
        "baseline": {
            "method": "always the mean of the test rows, the best that a constant can do",
            "mse": {"value": rounded(mean_squared_error(rings, mean))},
        },
        "rows": {"test": len(rings)},
    }
    output = processing_output("evaluation")
    write_json(output / "evaluation.json", report)
    write_columns(
        output / "predictions.parquet",
        {**test, PREDICTION: predictions.astype(np.float32), **ends},
    )
    write_pairs(processing_output("quality") / "predictions.csv", predictions, rings)
    plot_residuals(output / "plots" / "residuals.png", rings, predictions)
    plot_calibration(output / "plots" / "calibration.png", rings, predictions)
    plot_importance(output / "plots" / "importance.png", importance)
    mse = report["regression_metrics"]["mse"]
    print(f"test:mse={mse['value']:.6f} (standard deviation {mse['standard_deviation']:.3f})")
    within = report["prediction_interval"]
    print(f"test: {within['coverage']:.1%} of the rings lie in their {LEVEL:.0%} interval")
    if champion:
        print(f"above the champion {arn}: {report['gate']['mse_above_champion']:+.6f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(evaluate, arguments)


if __name__ == "__main__":
    sys.exit(main())
