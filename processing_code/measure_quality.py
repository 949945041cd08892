"""Job `MeasureQuality`: the figures of a model-quality check, to be published.

Reads below `input/`: `check/` (the check's results), `baseline/constraints.json` (the limits
registered with the model) and `truth/truth.json`. Writes `output/report/figures.json`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from tabular.arguments import Arguments
from tabular.batch import FIGURES_FILE, compact
from tabular.failure import JobError, exit_code_of
from tabular.files import write_json
from tabular.paths import processing_input, processing_output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_figure(path: Path, *keys: str) -> float:
    """Read one number of a JSON file."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        for key in keys:
            found = found[key]
        return float(found)
    except (OSError, ValueError, KeyError, TypeError):
        raise JobError(f"{path} has no number {'.'.join(keys)}") from None


def measure(arguments: Sequence[str]) -> None:
    """Run the job."""
    Arguments(prog="measure_quality.py", description=__doc__).parse_args(arguments)
    check = processing_input("check")
    mse = read_figure(check / "statistics.json", "regression_metrics", "mse", "value")
    limit = read_figure(
        processing_input("baseline") / "constraints.json",
        *("regression_constraints", "mse", "threshold"),
    )
    file = check / "constraint_violations.json"
    found = json.loads(file.read_text(encoding="utf-8"))["violations"] if file.is_file() else []
    truth = json.loads((processing_input("truth") / "truth.json").read_text(encoding="utf-8"))
    figures = {
        "ModelQualityMse": mse,
        "ModelQualityMseLimitExcess": mse - limit,
        "RowsIn": truth["truths"],
        "RowsScored": truth["pairs"],
        "RowsSetAside": truth["truths"] - truth["pairs"],
        "Violations": len(found),
    }
    report = {**truth, "mse": mse, "mse_limit": limit, "publish": compact(figures)}
    write_json(processing_output("report") / FIGURES_FILE, report)
    print(f"MSE {mse:.6f} over {truth['pairs']} rows; the baseline allows {limit:.6f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
