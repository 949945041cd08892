"""`mlops mutants`: seed faults into the templates, and report which the proofs catch."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from mlops.command_line.options import Json
from mlops.command_line.reporting import print_json


def mutants(
    assembly: Annotated[
        Path | None, typer.Argument(help="A cloud assembly; default: synthesize dev.")
    ] = None,
    *,
    most: Annotated[
        int, typer.Option(min=0, help="Faults of one kind, evenly taken; 0 for all.")
    ] = 8,
    as_json: Json = False,
) -> None:
    """Seed faults into the templates; each must be caught or proved harmless."""
    from environments import allowed_instance_types, own_types
    from mlops.synthesis import synthesize
    from promises.mutation.judging import Fate
    from promises.mutation.report import facts, print_report
    from promises.mutation.running import judge_all

    started = time.monotonic()
    judged = judge_all(
        assembly or synthesize("dev"), most or None, allowed_instance_types, own_types()
    )
    seconds = time.monotonic() - started
    if as_json:
        print_json(facts(judged, seconds))
    else:
        print_report(judged, seconds)
    if any(verdict.fate is Fate.SURVIVED for _, verdict in judged):
        raise typer.Exit(1)
