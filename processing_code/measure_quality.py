"""Job `MeasureQuality`: the figures of a model-quality check, to be published.

Reads below `input/`: `check/` (the check's results), `baseline/constraints.json` and
`registered/statistics.json` (the limits registered with the model, and what they were measured on)
and `truth/truth.json`. Writes `output/report/figures.json`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tabular.arguments import Arguments
from tabular.failure import exit_code_of
from tabular.measure import publish

if TYPE_CHECKING:
    from collections.abc import Sequence


def measure(arguments: Sequence[str]) -> None:
    """Run the job."""
    Arguments(prog="measure_quality.py", description=__doc__).parse_args(arguments)
    publish("regression", "mse", 1, deviation="squared_error_deviation")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
