"""`python -m promises.mutation`: seed faults and tell which ones the proofs catch."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from mlops.command_line.reporting import explain, print_json
from mlops.synthesis import synthesize
from mlops_common.errors import MlopsError
from promises.catalog import PROMISES
from promises.mutation.catalog import all_faults
from promises.mutation.judging import Fate
from promises.mutation.report import facts, print_report
from promises.mutation.running import judge_all
from promises.mutation.templates import read_templates
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of

_MOST = 8


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the command line by default.

    Returns
    -------
    int
        0 when every fault is caught or proved harmless.
    """
    parser = argparse.ArgumentParser(prog="python -m promises.mutation", description=__doc__)
    parser.add_argument("assembly", nargs="?", type=Path, help="a cloud assembly; default: dev")
    parser.add_argument(
        "--most",
        type=int,
        default=_MOST,
        help="faults of one kind, evenly taken (default %(default)s); 0 for all",
    )
    parser.add_argument("--json", action="store_true", help="print facts as JSON")
    given = parser.parse_args(arguments)
    try:
        return _run(given.assembly or synthesize("dev"), given.most or None, given.json)
    except MlopsError as error:
        return explain(error)


def _run(assembly: Path, most: int | None, as_json: bool) -> int:
    started = time.monotonic()
    faults = all_faults(read_templates(assembly), most)
    _require_proof(assembly)
    judged = list(zip(faults, judge_all(assembly, faults), strict=True))
    seconds = time.monotonic() - started
    if as_json:
        print_json(facts(judged, seconds))
    else:
        print_report(judged, seconds)
    return int(any(verdict.fate is Fate.SURVIVED for _, verdict in judged))


def _require_proof(assembly: Path) -> None:
    """Refuse templates of which a promise is broken without any fault: it would catch all."""
    world = worlds_of([assembly])[0]
    failed = [
        str(each.promise.number)
        for each in outcomes_of(world, PROMISES)
        if each.verdict in {Verdict.BROKEN, Verdict.UNKNOWN}
    ]
    if failed:
        raise MlopsError(
            f"{world.name}: promise {', '.join(failed)} does not hold before any fault is "
            "seeded; `mlops prove` shows why"
        )


if __name__ == "__main__":
    sys.exit(main())
