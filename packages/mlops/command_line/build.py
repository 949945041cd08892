"""``mlops build``: execute a buildspec locally, as CodeBuild would."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Execute, Json
from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pipeline_local.builds.build import BuildRequest
    from pipeline_local.builds.execution import BuildEnd


def build(
    spec: Annotated[
        Path | None, typer.Argument(help="The buildspec file, such as buildspec-train.yml.")
    ] = None,
    *,
    local: Execute = False,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="Environment with account and region.")
    ] = "dev",
    event: Annotated[
        Path | None,
        typer.Option(
            "--event",
            help="JSON of an event instead; run the builds that deployed rules start.",
        ),
    ] = None,
    variable: Annotated[
        list[str] | None,
        typer.Option("--variable", metavar="NAME=VALUE", help="Build variable; repeatable."),
    ] = None,
    index: Annotated[
        str | None, typer.Option("--index", help="URL of a package index on loopback.")
    ] = None,
    skip_install: Annotated[
        bool,
        typer.Option("--skip-install", help="Use this project's environment instead of a new one."),
    ] = False,
    minutes: Annotated[float, typer.Option(min=0.01, help="Timeout.")] = 60.0,
    as_json: Json = False,
) -> None:
    """Execute a buildspec in a network that reaches the local AWS and a package index only."""
    from environments.loading import load_environment
    from mlops.local_project import connect
    from pipeline_local.builds.build import BuildRequest, run_build
    from pipeline_schema.parameters import parse_assignments

    if not local:
        raise MlopsError("mlops build executes on this machine: add --local")
    variables = parse_assignments(variable or [])
    if spec is not None and event is None:
        requests = [
            BuildRequest(spec=spec, source=project_root(), variables=variables, minutes=minutes)
        ]
    elif event is not None and spec is None:
        requests = _started(event, environment, variables)
    else:
        raise MlopsError("name a buildspec file, or an event: --event FILE")
    settings = load_environment(environment)
    aws = connect(settings.region, settings.account, local=True)
    ends = []
    for request in requests:
        wanted = replace(request, index=index, install=not skip_install)
        ends.append(run_build(wanted, aws, lambda line: typer.echo(line, err=True)))
        if not as_json:
            _tell(ends[-1])
        if not ends[-1].succeeded:
            break
    if as_json:
        facts = [end.facts() for end in ends]
        print_json(facts if spec is None else facts[0])
    if not all(end.succeeded for end in ends):
        raise typer.Exit(1)


def _started(event: Path, environment: str, variables: dict[str, str]) -> list[BuildRequest]:
    """Return the builds that the deployed rules start for an event."""
    from cloud_assembly import CloudAssembly
    from mlops.synthesis import synthesize
    from pipeline_local.builds.build import BuildRequest
    from pipeline_local.builds.triggered import started_builds

    try:
        document = json.loads(event.read_text())
    except (OSError, ValueError) as error:
        raise MlopsError(f"--event {event}: cannot be read as JSON: {error}") from None
    builds = started_builds(CloudAssembly(synthesize(environment)), document)
    if not builds:
        raise MlopsError(f"--event {event}: no rule of {environment} starts a build for it")
    return [
        BuildRequest(
            spec=Path(build.spec),
            source=project_root(),
            project=build.project,
            variables={**build.variables, **variables},
            initiator=build.rule,
            minutes=build.minutes,
        )
        for build in builds
    ]


def _tell(end: BuildEnd) -> None:
    for phase in end.phases:
        result = "succeeded" if phase.succeeded else f"FAILED: {phase.message}"
        typer.echo(f"{phase.name}: {result} in {phase.seconds:.1f} s")
    for name, value in end.exported.items():
        typer.echo(f"exported {name}={value}")
    for name, place in end.artifacts.items():
        typer.echo(f"artifact {name or '(primary)'}: {place}")
    typer.echo(f"log: {end.folder / 'log'}")
