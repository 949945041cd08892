"""`mlops run`: execute a pipeline locally, or start it on AWS."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Execute, Json, Template
from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError, printable

if TYPE_CHECKING:
    from pipeline_local.runs.run_state import RunState, Status
    from pipeline_local.runs.runner import RunRequest

PIPELINE = Annotated[
    str,
    typer.Argument(
        help="The pipeline's name; with --local also the file of a definition or template."
    ),
]
PROJECT = Annotated[
    str | None,
    typer.Option("--project", help="The team's project whose pipeline it is, such as p-churn."),
]
PARAMETERS = Annotated[
    list[str] | None,
    typer.Option("--parameter", metavar="NAME=VALUE", help="A pipeline parameter; repeatable."),
]


def run(  # noqa: PLR0917 - typer passes options by name
    pipeline: PIPELINE,
    local: Execute = False,
    environment: Template = "dev",
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="PATH",
            help="The data, a file or a folder of them; found automatically by default.",
        ),
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(
            "--table",
            metavar="DATABASE.TABLE=PATH",
            help="Rows (CSV, Parquet) of a table that a query of the pipeline reads; repeatable.",
        ),
    ] = None,
    parameter: PARAMETERS = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="RUN", help="Resume a run after its last good step."),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="STEP",
            help="Run this step alone, with the results of the latest run, or of --resume RUN.",
        ),
    ] = None,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            help="Give the step of --only this terminal, for breakpoint() or a debugger.",
        ),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Run again whenever a file changes, until Ctrl-C."),
    ] = False,
    template: Annotated[
        Path | None,
        typer.Option(
            "--template",
            help="A cloud assembly, a template or a folder of them, instead of synthesizing.",
        ),
    ] = None,
    project: PROJECT = None,
    wait: Annotated[bool, typer.Option("--wait", help="On AWS: wait for the end.")] = False,
    as_json: Json = False,
) -> None:
    """Run a pipeline: with --local the deployed definition here, without it on AWS."""
    from mlops.command_line.watch import run_at_every_edit
    from pipeline_local.runs.run_state import Status
    from pipeline_local.runs.runner import RunRequest
    from pipeline_local.steps.queries.tables import parse_tables
    from pipeline_schema.parameters import parse_assignments

    parameters = parse_assignments(parameter or [])
    if not local:
        here = {
            "--data": data,
            "--table": table or None,
            "--resume": resume,
            "--only": only,
            "--template": template,
            "--debug": debug or None,
            "--watch": watch or None,
        }
        if any(value is not None for value in here.values()):
            raise MlopsError(f"{', '.join(here)} are for runs on this machine: add --local")
        run_on_aws(pipeline, environment, parameters, project=project, wait=wait, as_json=as_json)
        return
    own = data is not None or bool(table)
    if only is not None and own:
        raise MlopsError(
            "--only: data and tables are those of the run before; leave --data and --table out"
        )
    if resume is not None and only is None and (parameters or own):
        raise MlopsError("--resume: data and parameters are those of the run; leave them out")
    if debug and (only is None or watch or as_json):
        raise MlopsError("--debug: needs --only STEP, and neither --watch nor --json")
    if watch and resume is not None and only is None:
        raise MlopsError("--watch: a run that is resumed has its own definition; leave one out")
    tables = parse_tables(table or [])
    request = RunRequest(
        pipeline, environment, parameters, data, tables, template, only, resume, project, debug
    )
    if watch:
        files = [data, template, Path(pipeline), *tables.values()]
        run_at_every_edit(
            lambda: _show_end(run_here(request), as_json) is Status.STOPPED,
            [file for file in files if file is not None and file.is_file()],
        )
        return
    status = _show_end(run_here(request), as_json)
    if status is not Status.SUCCEEDED:
        raise typer.Exit(130 if status is Status.STOPPED else 1)


def run_here(request: RunRequest) -> RunState:
    """Start or resume a run on this machine, showing its progress."""
    from mlops.command_line.following import follow
    from mlops.local_project import local_project
    from pipeline_local.runs import runner

    root = project_root()
    project = local_project(root)
    # A live table would draw over what a job that is debugged says.
    with follow(root, live=not request.debug) as observer:
        if request.base is not None and request.only is None:
            return runner.resume(request.base, project, observer)
        return runner.start(request, project, observer)


def _show_end(state: RunState, as_json: bool) -> Status:
    from mlops.command_line.following import print_end
    from pipeline_local.runs.summary import facts_of

    if as_json:
        print_json(facts_of(state))
    else:
        print_end(state)
    return state.status


def run_on_aws(
    pipeline: str,
    environment: str,
    parameters: dict[str, str],
    *,
    project: str | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Start an execution on AWS; exit with 1 if it was waited for and failed."""
    from mlops.remote import start_execution, wait_for_execution

    execution = start_execution(pipeline, environment, parameters, project_root(), project=project)
    if wait:
        execution = wait_for_execution(execution, lambda line: typer.echo(line, err=True))
    if as_json:
        print_json(asdict(execution))
    else:
        typer.echo(f"{execution.status}: {execution.arn}")
        if execution.failure:
            typer.echo(f"reason: {printable(execution.failure)}")
    if wait and execution.status != "Succeeded":
        raise typer.Exit(1)
