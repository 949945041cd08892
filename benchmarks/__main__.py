"""Run the benchmarks and print ratios within this one run."""

from __future__ import annotations

import argparse
import importlib
import sys

BENCHMARKS = ("preprocess", "batch", "local_run", "proofs", "review")


def main() -> int:
    """Run all benchmarks, or those named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", default=BENCHMARKS, help=", ".join(BENCHMARKS))
    names = parser.parse_args().names
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
        return 2
    print(f"{'what':<44} {'baseline':>10} {'ours':>10} {'ratio':>8}")
    for name in names:
        for row in importlib.import_module(f"benchmarks.{name}").run():
            print(
                f"{row['name']:<44} {row['baseline_seconds']:>8.2f} s {row['ours_seconds']:>8.2f} s"
                f" {row['ratio']:>8.2f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
