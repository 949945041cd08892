"""Job `Evaluate`: measure the challenger, and the champion on the same rows, and judge.

Reads below `input/`: `model/model.tar.gz`, `test/test.parquet`, `train/train.parquet` and
`validation/validation.parquet` with where they come from, and `champion/` (`model.tar.gz` and
`champion.json` if a model is approved). Writes below `output/`: `evaluation/evaluation.json`,
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
from abalone.folds import FOLDER
from abalone.gate import ENOUGH_TEST_ROWS, Judged, coverage_checks, loss_checks, rows_check
from abalone.intervals import LEVEL, coverage
from abalone.metrics import mean_squared_error, regression_metrics
from abalone.origin import read_origin
from abalone.plots import plot_calibration, plot_importance, plot_residuals
from abalone.schema import COLUMNS, ROW_ID, TARGET, Columns, FloatArray
from abalone.tables import read_columns, write_columns
from abalone.verdict import notes_on_champion, verdict_of, words_of
from tabular.arguments import Arguments
from tabular.artefact import ARCHIVE, find_champion, unpack
from tabular.failure import JobError, exit_code_of, report_end
from tabular.files import rounded, write_json, write_whole
from tabular.paths import processing_input, processing_output

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

TRAINING_REPORT = "training_report.json"
ANSWER = (PREDICTION, "lower", "upper")
MOST_SIGNIFICANCE = 0.5


def read_report(whose: str, artefact: Path) -> dict[str, Any]:
    """Read feature importance and the data's origin, which training left in an artefact."""
    try:
        report = json.loads((artefact / TRAINING_REPORT).read_text(encoding="utf-8"))
        shares = {str(name): float(share) for name, share in report["importance"].items()}
        return {"importance": shares, "origin": dict(report.get("origin", {}))}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise JobError(f"the {whose}'s {TRAINING_REPORT} cannot be read: {error!r}") from None


def write_pairs(path: Path, predictions: FloatArray, rings: FloatArray) -> None:
    """Write the CSV of predictions and rings that Model Monitor reads."""
    lines = [f"{said!s},{int(was)}" for said, was in zip(predictions.tolist(), rings, strict=True)]
    text = "\n".join([f"{PREDICTION},{TARGET}", *lines, ""])
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def out_of_fold(artefacts: dict[str, Path], scratch: Path) -> Judged:
    """Let the models of both cross-validations answer for the rows of the training."""
    parts = [
        read_columns(processing_input(name) / f"{name}.parquet", (ROW_ID, *COLUMNS))
        for name in ("train", "validation")
    ]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    # One file: each question starts a process, which takes longer than its answer.
    write_columns(rows := scratch / "training-rows.parquet", columns)
    said = {
        whose: score(whose, artefact, rows, scratch / f"{whose}-unseen.parquet", unseen=True)
        for whose, artefact in artefacts.items()
    }
    return Judged(columns, said["challenger"], said["champion"])


def judge(
    options: Namespace, test: Columns, said: dict[str, Columns], scratch: Path, champion: str
) -> dict[str, Any]:
    """Check the challenger, against the champion as far as that is fair."""
    rings, challenger = test[TARGET].astype(np.float64), said["challenger"]
    predictions = challenger[PREDICTION].astype(np.float64)
    inside = (challenger["lower"] <= rings) & (rings <= challenger["upper"])
    checks: list[dict[str, Any]] = []
    notes: list[str] = []
    if champion:
        artefacts = {whose: scratch / whose for whose in said}
        here = read_origin(processing_input("test"))
        theirs = read_report("champion", artefacts["champion"])["origin"]
        notes, fair = notes_on_champion(champion, theirs, here)
        if fair:
            own = Judged(test, predictions, said["champion"][PREDICTION].astype(np.float64))
            few = len(rings) < ENOUGH_TEST_ROWS
            both = all((artefact / FOLDER).is_dir() for artefact in artefacts.values())
            pooled = own.and_also(out_of_fold(artefacts, scratch)) if few and both else None
            checks = loss_checks(own, pooled, options.significance)
            checks.append(rows_check(here["rows"], theirs["rows"], options.least_rows_share))
    checks += coverage_checks(
        rings, predictions, inside, level=LEVEL, significance=options.significance
    )
    return verdict_of(checks, options.significance, notes)


def read_options(arguments: Sequence[str]) -> Namespace:
    """Read the command line."""
    parser = Arguments(prog="evaluate.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--significance", type=float, default=0.01)
    parser.add_argument("--least-rows-share", type=float, default=0.5)
    options = parser.parse_args(arguments)
    if not 0 < options.significance < MOST_SIGNIFICANCE:
        raise JobError(
            f"--significance {options.significance:g}: it is the share of equal models that a "
            f"check may refuse, above 0 and below {MOST_SIGNIFICANCE:g}"
        )
    if not 0 <= options.least_rows_share <= 1:
        raise JobError(
            f"--least-rows-share {options.least_rows_share:g}: it is a share of the champion's "
            "rows, from 0 to 1"
        )
    return options


def evaluate(arguments: Sequence[str]) -> None:
    """Run the job."""
    options = read_options(arguments)
    rows = processing_input("test") / "test.parquet"
    test = read_columns(rows, (ROW_ID, *COLUMNS))
    champion = find_champion(processing_input("champion"))
    arn = champion.model_package_arn if champion else ""
    with tempfile.TemporaryDirectory(prefix="evaluate-") as name:
        scratch = Path(name)
        archives = {"challenger": processing_input("model") / ARCHIVE}
        if champion:
            archives["champion"] = champion.archive
        artefacts = {
            whose: unpack(whose, archive, scratch / whose) for whose, archive in archives.items()
        }
        importance = read_report("challenger", artefacts["challenger"])["importance"]
        said = {}
        for whose, artefact in artefacts.items():
            score(whose, artefact, rows, answers := scratch / f"{whose}.parquet")
            said[whose] = read_columns(answers, ANSWER)
        gate = judge(options, test, said, scratch, arn)
    report = report_on(test, said, arn) | {"gate": gate}
    write_outputs(test, said["challenger"], report, importance)
    mse, within = report["regression_metrics"]["mse"], report["prediction_interval"]
    print(f"test:mse={mse['value']:.6f} (standard deviation {mse['standard_deviation']:.3f})")
    print(f"test: {within['coverage']:.1%} of the rings lie in their {LEVEL:.0%} interval")
    for check in gate["checks"]:
        print(f"gate: {words_of(check)}: {'FAILED' if check['failed'] else 'passed'}")
    report_end(f"gate: {gate['summary']}")


def report_on(test: Columns, said: dict[str, Columns], champion: str) -> dict[str, Any]:
    """Measure both models on the test rows."""
    rings, answer = test[TARGET].astype(np.float64), said["challenger"]
    predictions = answer[PREDICTION].astype(np.float64)
    theirs = said["champion"][PREDICTION].astype(np.float64) if champion else rings
    width = np.mean(answer["upper"] - answer["lower"], dtype=np.float64)
    return {
        "regression_metrics": regression_metrics(rings, predictions),
        "prediction_interval": {
            "level": LEVEL,
            "coverage": rounded(coverage(rings, answer["lower"], answer["upper"])),
            "mean_width": rounded(float(width)),
        },
        "champion": {
            "present": bool(champion),
            "model_package_arn": champion,
            "mse": {"value": rounded(mean_squared_error(rings, theirs))},
        },
        "baseline": {
            "method": "always the mean of the test rows, the best that a constant can do",
            "mse": {"value": rounded(float(np.var(rings)))},
        },
        "rows": {"test": len(rings)},
    }


def write_outputs(
    test: Columns, answer: Columns, report: dict[str, Any], importance: dict[str, float]
) -> None:
    """Write the report, the challenger's answers and the plots."""
    rings, predictions = test[TARGET].astype(np.float64), answer[PREDICTION].astype(np.float64)
    output = processing_output("evaluation")
    write_json(output / "evaluation.json", report)
    write_columns(
        output / "predictions.parquet",
        {ROW_ID: test[ROW_ID], TARGET: test[TARGET]}
        | {column: values.astype(np.float32) for column, values in answer.items()},
    )
    write_pairs(processing_output("quality") / "predictions.csv", predictions, rings)
    plot_residuals(output / "plots" / "residuals.png", rings, predictions)
    plot_calibration(output / "plots" / "calibration.png", rings, predictions)
    plot_importance(output / "plots" / "importance.png", importance)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(evaluate, arguments)


if __name__ == "__main__":
    sys.exit(main())
