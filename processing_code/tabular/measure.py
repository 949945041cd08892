"""Job `MeasureQuality`: the figures of a model-quality check, to be published.

Reads below `input/`: `check/` (the check's results), `baseline/constraints.json` and
`registered/statistics.json` (the limits registered with the model, and what they were measured on),
`truth/truth.json` and `problem/`. Writes `output/report/figures.json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tabular.arguments import Arguments
from tabular.batch import FIGURES_FILE, compact
from tabular.failure import report_end
from tabular.figures import EXCESS, read_figure, read_quality_violations
from tabular.files import rounded, write_json
from tabular.margins import SIGNIFICANCE, margin_of
from tabular.paths import processing_input, processing_output
from tabular.problem import schema_of
from tabular.schema import BINARY, MULTICLASS, QUANTILE, REGRESSION

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of each problem: Model Monitor's group of figures, the one that is watched, and the sign of worse.
_FIGURES: Final = {
    REGRESSION: ("regression", "mse", 1),
    QUANTILE: ("regression", "mae", 1),
    BINARY: ("binary_classification", "auc", -1),
    MULTICLASS: ("multiclass_classification", "accuracy", -1),
}


def run(arguments: Sequence[str]) -> None:
    """Run the job."""
    Arguments(prog="measure", description=__doc__).parse_args(arguments)
    problem = schema_of(processing_input("problem")).problem
    publish(*_FIGURES[problem], deviation="figure_deviation")


def publish(group: str, name: str, sign: int, *, deviation: str) -> None:
    """Write the report of one of Model Monitor's figures.

    Parameters
    ----------
    group, name : str
        Where the check's statistics have the figure: ``regression``, ``mse``.
    sign : int
        1 where a greater figure is worse, -1 where a smaller one is.
    deviation : str
        What `truth.json` calls the standard deviation of the figure's terms.
    """
    check = processing_input("check")
    found = read_figure(check / "statistics.json", f"{group}_metrics", name, "value")
    limit = read_figure(
        processing_input("baseline") / "constraints.json",
        *(f"{group}_constraints", name, "threshold"),
    )
    truth = json.loads((processing_input("truth") / "truth.json").read_text(encoding="utf-8"))
    registered = int(
        read_figure(processing_input("registered") / "statistics.json", "dataset", "item_count")
    )
    margin = margin_of(truth["pairs"], registered, truth[deviation])
    violations = read_quality_violations(check)
    figures: dict[str, Any] = {
        f"ModelQuality{name.capitalize()}": found,
        # Above 0 is worse than the limit beyond chance, whatever the figure; of too few pairs
        # nothing is said.
        EXCESS: 0.0 if margin is None else rounded(sign * (found - limit) - margin),
        "RowsIn": truth["truths"],
        "RowsScored": truth["pairs"],
        "RowsSetAside": truth["truths"] - truth["pairs"],
        "Violations": violations,
    }
    report = {
        **truth,
        name: found,
        f"{name}_limit": limit,
        f"{name}_margin": None if margin is None else rounded(margin),
        "registered_rows": registered,
        "significance": SIGNIFICANCE,
        "publish": compact(figures),
    }
    write_json(processing_output("report") / FIGURES_FILE, report)
    room = "too few for a margin" if margin is None else f"and chance {margin:.3g} more"
    report_end(
        f"{name} {found:.6g} over {truth['pairs']} rows; the baseline allows {limit:.6g}, {room}; "
        f"{violations} violations of limits without a margin"
    )
