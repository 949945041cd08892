"""`mlops demo`: the whole workflow once, with a summary table."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Json, Template
from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root

if TYPE_CHECKING:
    from mlops.demonstration import Demonstration


def demo(
    environment: Template = "dev",
    started: Annotated[
        int | None,
        typer.Option("--started", help="When it all began, seconds since 1970: `make demo`."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Synthesize with all checks, get data, train, register, approve, score a batch, check it."""
    from mlops.command_line.following import follow
    from mlops.demonstration import demonstrate

    began = time.time()
    root = project_root()
    with follow(root) as observer:
        shown = demonstrate(environment, root, observer)
    total = time.time() - (began if started is None else started)
    shown.facts["seconds"] = round(total, 1)
    if as_json:
        print_json(shown.facts)
    else:
        _print(shown, total, with_set_up=started is not None)


def _print(shown: Demonstration, total: float, *, with_set_up: bool) -> None:
    from pipeline_local.runs.summary import duration

    width = max(len(stage.name) for stage in shown.stages)
    for stage in shown.stages:
        took = duration(stage.seconds) if stage.seconds else ""
        typer.echo(f"{stage.name:<{width}}  {took:>12}  {stage.result}")
    typer.echo()
    for lines in shown.tables.values():
        typer.echo("\n".join([*lines, ""]))
    for name, place in shown.places.items():
        typer.echo(f"{name:<{width}}  {place}")
    typer.echo()
    if shown.facts["synthetic"]:
        typer.echo("The data are a synthetic stand-in, not the real data.")
    what = "from set-up to scored batch" if with_set_up else "to the scored batch"
    typer.echo(f"{what}: {duration(total)}; test MSE {shown.facts['mse']:.3f}")
