"""Job `MeasureQuality`: the figures of a model-quality check, to be published.

Reads below `input/`: `check/` (the check's results), `baseline/constraints.json` and
`registered/statistics.json` (the limits registered with the model, and what they were measured on)
and `truth/truth.json`. Writes `output/report/figures.json`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tabular.arguments import Arguments
from tabular.batch import FIGURES_FILE, compact
from tabular.failure import exit_code_of, report_end
from tabular.figures import EXCESS, read_figure, read_quality_violations
from tabular.files import rounded, write_json
from tabular.margins import SIGNIFICANCE, margin_of
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
    registered = int(
        read_figure(processing_input("registered") / "statistics.json", "dataset", "item_count")
    )
    margin = margin_of(truth["pairs"], registered, truth["squared_error_deviation"])
    violations = read_quality_violations(check)
    figures = {
        "ModelQualityMse": mse,
        # Of too few pairs nothing is said.
        EXCESS: 0.0 if margin is None else rounded(mse - limit - margin),
        "RowsIn": truth["truths"],
        "RowsScored": truth["pairs"],
        "RowsSetAside": truth["truths"] - truth["pairs"],
        "Violations": violations,
    }
    report = {
        **truth,
        "mse": mse,
        "mse_limit": limit,
        "mse_margin": None if margin is None else rounded(margin),
        "registered_rows": registered,
        "significance": SIGNIFICANCE,
        "publish": compact(figures),
    }
    write_json(processing_output("report") / FIGURES_FILE, report)
    room = "too few for a margin" if margin is None else f"and chance {margin:.3g} more"
    report_end(
        f"MSE {mse:.6g} over {truth['pairs']} rows; the baseline allows {limit:.6g}, {room}; "
        f"{violations} violations of limits without a margin"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
