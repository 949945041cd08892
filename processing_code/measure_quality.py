"""Job `MeasureQuality`: the figures of a model-quality check, to be published.

Reads below `input/`: `check/` (the check's results), `baseline/constraints.json` (the limits
registered with the model) and `truth/truth.json`. Writes `output/report/figures.json`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tabular.arguments import Arguments
from tabular.batch import FIGURES_FILE, compact
from tabular.failure import exit_code_of
from tabular.figures import read_figure, read_quality_violations
from tabular.files import write_json
from tabular.paths import processing_input, processing_output

if TYPE_CHECKING:
    from collections.abc import Sequence


def measure(arguments: Sequence[str]) -> None:
    """Run the job."""
    Arguments(prog="measure_quality.py", description=__doc__).parse_args(arguments)
    check = processing_input("check")
    mse = read_figure(check / "statistics.json", "regression_metrics", "mse", "value")
    limit = read_figure(
        processing_input("baseline") / "constraints.json",
        *("regression_constraints", "mse", "threshold"),
    )
    truth = json.loads((processing_input("truth") / "truth.json").read_text(encoding="utf-8"))
    figures = {
        "ModelQualityMse": mse,
        "ModelQualityMseLimitExcess": mse - limit,
        "RowsIn": truth["truths"],
        "RowsScored": truth["pairs"],
        "RowsSetAside": truth["truths"] - truth["pairs"],
        "Violations": read_quality_violations(check),
    }
    report = {**truth, "mse": mse, "mse_limit": limit, "publish": compact(figures)}
    write_json(processing_output("report") / FIGURES_FILE, report)
    print(f"MSE {mse:.6f} over {truth['pairs']} rows; the baseline allows {limit:.6f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
