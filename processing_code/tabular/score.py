"""The scorer of many rows, shipped inside the artefact whose code it runs with.

python3 model/code/score.py --model model --input rows.csv --output predictions.csv
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tabular.arguments import Arguments
from tabular.failure import JobError
from tabular.model import Scorer
from tabular.rows import read_values, write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 with the reason on standard error, or 0."""
    parser = Arguments(prog="score.py", description=__doc__, allow_abbrev=False)
    for name in ("--model", "--input", "--output"):
        parser.add_argument(name, type=Path, required=True)
    try:
        options = parser.parse_args(arguments)
        scorer = Scorer(options.model)
        values = read_values(options.input, scorer.schema, scorer.schema.features)
        write_rows(options.output, scorer.detail(values))
    except JobError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
