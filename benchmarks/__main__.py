"""Run the benchmarks and print ratios within this one run."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

from benchmarks import results
from benchmarks.measuring import TIMES
from mlops_common.errors import MlopsError

BENCHMARKS = (
    *("commands", "synth", "prove", "loop"),
    *("preprocess", "batch", "local_run", "review", "deployment"),
)
FOLDER = Path(__file__).resolve().parent.parent / "build" / "bench"


def main() -> int:
    """Run all benchmarks, or those named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", default=BENCHMARKS, help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--times", type=int, default=TIMES.get(), help="how often a line is measured (%(default)s)"
    )
    arguments = parser.parse_args()
    names = arguments.names
    TIMES.set(max(1, arguments.times))
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
        return 2
    load = os.getloadavg()[0]
    print(results.HEAD)
    rows = []
    for name in names:
        for row in importlib.import_module(f"benchmarks.{name}").run():
            print(results.in_words(row), flush=True)
            rows.append(row)
        results.write(FOLDER, rows, load)
    print(f"{FOLDER / results.NUMBERS}\n{FOLDER / results.PLOT}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MlopsError as error:
        sys.exit(f"error: {error}")
