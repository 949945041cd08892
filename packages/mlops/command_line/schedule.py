"""``mlops schedule``: list, pause and resume schedules."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Environment, Json, Local
from mlops.command_line.reporting import print_json

if TYPE_CHECKING:
    from mlops.operations.starts import Start

app = typer.Typer(help="Schedules of pipelines: list, pause, resume.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of a schedule; `list` has them.")]
Reason = Annotated[str, typer.Option("--reason", help="Reason, kept with the schedule.")]


@app.command("list")
def list_starts(
    *, environment: Environment = "dev", local: Local = False, as_json: Json = False
) -> None:
    """List schedules and the rules that start retraining, with who paused them and why."""
    from mlops.operations.starts import open_starts

    found = open_starts(environment, local=local).all()
    if as_json:
        print_json([asdict(each) for each in found])
        return
    for each in found:
        _tell(each)


@app.command()
def pause(
    name: Name,
    *,
    reason: Reason,
    environment: Environment = "dev",
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Stop a pipeline from starting by itself; what runs already runs on."""
    from mlops.operations.starts import open_starts

    changed = open_starts(environment, local=local).pause(name, reason)
    _report(changed, environment, as_json=as_json)


@app.command()
def resume(
    name: Name,
    *,
    reason: Reason,
    environment: Environment = "dev",
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Let a pipeline start by itself again."""
    from mlops.operations.starts import open_starts

    changed = open_starts(environment, local=local).resume(name, reason)
    _report(changed, environment, as_json=as_json)


def _report(changed: list[Start], environment: str, *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(each) for each in changed])
        return
    for each in changed:
        _tell(each)
    from environments.loading import file_of

    first = changed[0]
    if first.state != first.deploys_as:
        paused = str(first.state == "paused").lower()
        typer.echo(
            f"A deployment leaves it {first.state} unless it changes the schedule itself, which"
            f" then is {first.deploys_as} again. To make it last, write in"
            f" {file_of(environment)}: schedules: {{{first.name}: {{paused: {paused}}}}}"
        )


def _tell(start: Start) -> None:
    typer.echo(f"{start.state:<13} {start.name}: {start.pipeline}, {start.when or start.kind}")
    if start.note:
        typer.echo(f"{'':<13} {start.note}")
