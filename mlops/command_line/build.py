"""``mlops build``: execute a buildspec here, as CodeBuild would."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb.

    Parameters
    ----------
    app : Typer
        The command line.
    """
    app.command("build")(build)


def build(
    spec: Annotated[Path, typer.Argument(help="The buildspec file, such as buildspec-train.yml.")],
    *,
    local: Annotated[bool, typer.Option("--local", help="Execute it on this machine.")] = False,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="Whose account and region.")
    ] = "dev",
    variable: Annotated[
        list[str] | None,
        typer.Option("--variable", metavar="NAME=VALUE", help="Of the project; repeatable."),
    ] = None,
    index: Annotated[
        str | None, typer.Option("--index", help="URL of a package index on loopback.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.01, help="End it after so long.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts as JSON.")] = False,
) -> None:
    """Execute a buildspec in a network that reaches the local AWS and a package index only."""
    from environments.loading import load_environment
    from mlops.assembly.project import project_root
    from mlops.builds.build import BuildRequest, run_build
    from mlops.command_line.reporting import print_json
    from mlops.errors import MlopsError
    from mlops.local.parameters import parse_assignments
    from mlops.local_aws import connect

    if not local:
        raise MlopsError("mlops build executes on this machine: add --local")
    settings = load_environment(environment)
    request = BuildRequest(
        spec=spec,
        source=project_root(),
        variables=parse_assignments(variable or []),
        index=index,
        minutes=minutes,
    )
    aws = connect(settings.region, settings.account, local=True)
    end = run_build(request, aws, lambda line: typer.echo(line, err=True))
    if as_json:
        print_json(end.facts())
    else:
        for phase in end.phases:
            result = "succeeded" if phase.succeeded else f"FAILED: {phase.message}"
            typer.echo(f"{phase.name}: {result} in {phase.seconds:.1f} s")
        for name, value in end.exported.items():
            typer.echo(f"exported {name}={value}")
        for name, place in end.artifacts.items():
            typer.echo(f"artifact {name or '(primary)'}: {place}")
        typer.echo(f"log: {end.folder / 'log'}")
    if not end.succeeded:
        raise typer.Exit(1)
