"""`mlops runs`: list, show, fetch, answer and report local runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.command_line.options import Json
from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pipeline_local.runs.run_state import RunState

app = typer.Typer(help="Local runs: list, show, fetch artefacts, answer callbacks, write a report.")

RUN = Annotated[str, typer.Argument(help="The run's id, a prefix of it, or `latest`.")]


@app.command("list")
def list_runs(as_json: Json = False) -> None:
    """List the runs of this project, the latest last."""
    from pipeline_local.runs.run_state import all_runs
    from pipeline_local.runs.summary import duration, facts_of

    states = sorted((run.load() for run in all_runs(project_root())), key=lambda run: run.started)
    if as_json:
        print_json([facts_of(state) for state in states])
        return
    if not states:
        typer.echo("no runs yet; start one with: mlops run training --local")
    for state in states:
        took = duration(state.seconds) if state.ended else ""
        typer.echo(
            f"{state.run_id}  {state.started[:19]}  {state.environment:8} {state.pipeline:18} "
            f"{state.status:12} {took}".rstrip()
        )


@app.command("show")
def show_run(
    run: RUN = "latest",
    lines: Annotated[int, typer.Option("--lines", help="Lines of a failed step's log.")] = 20,
    as_json: Json = False,
) -> None:
    """Show a run's steps and outputs, and the end of a failed step's log."""
    from mlops.command_line.following import print_end
    from pipeline_local.runs.run_state import Status, find_run
    from pipeline_local.runs.summary import facts_of, log_tail

    folder = find_run(project_root(), run)
    state = folder.load()
    if as_json:
        failed = [name for name, step in state.steps.items() if step.status is Status.FAILED]
        tails = {name: log_tail(folder.folder, name, lines) for name in failed}
        print_json({**facts_of(state), "log_tails": tails})
        return
    print_end(state, lines)


@app.command("fetch")
def fetch_run(
    run: RUN = "latest",
    output: Annotated[
        Path | None, typer.Option("--output", help="Target folder; default: build/fetched/RUN.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy all outputs of a run's steps into a folder."""
    from pipeline_local.runs.run_state import find_run

    root = project_root()
    folder = find_run(root, run)
    target = output or root / "build" / "fetched" / folder.run_id
    fetched = _fetch(folder.load(), target)
    if as_json:
        print_json(fetched)
        return
    for fact in fetched:
        typer.echo(f"{fact['folder']}: {fact['files']} files from {fact['uri']}")


@app.command("report")
def report_run(
    run: RUN = "latest",
    output: Annotated[
        Path | None,
        typer.Option("--output", help="The file; default: build/report/index.html."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a run as one HTML file: graph, metrics, plots, data, lineage by hash, logs."""
    from mlops.local_project import connected
    from pipeline_local.report import DEFAULT_OUTPUT, write_report
    from pipeline_local.runs.run_state import find_run

    root = project_root()
    folder = find_run(root, run)
    store, registry = connected(folder.load())
    if store is None:
        typer.echo("note: the local AWS cannot be reached; outputs are left out", err=True)
    path = write_report(folder, output or root / DEFAULT_OUTPUT, store, registry=registry)
    if as_json:
        print_json({"path": str(path)})
        return
    typer.echo(path)


@app.command("callback")
def answer_callback(
    token: Annotated[str, typer.Argument(help="The token that the run printed.")],
    outputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="OUT=VALUE", help="Each output that the step declares."),
    ] = None,
    *,
    success: Annotated[bool, typer.Option("--success", help="The step succeeded.")] = False,
    failure: Annotated[
        str | None, typer.Option("--failure", metavar="REASON", help="The step failed.")
    ] = None,
) -> None:
    """Answer a step that waits for a callback: --success OUT=VALUE, or --failure REASON."""
    from pipeline_local.runs.answering import answer_callback as answer
    from pipeline_schema.parameters import parse_assignments

    if success == (failure is not None):
        raise MlopsError("choose one of --success OUT=VALUE and --failure REASON")
    if outputs and not success:
        raise MlopsError("--failure: a step that failed has no outputs")
    values = parse_assignments(outputs or [], "--success")
    typer.echo(answer(project_root(), token, values, failure))


def _fetch(state: RunState, target: Path) -> list[dict[str, Any]]:
    from mlops.local_project import connect
    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.summary import step_artefacts

    store = ObjectStore(connect(state.region, state.account, local=True).client("s3"))
    fetched = []
    for name, step in state.steps.items():
        for what, uri in step_artefacts(step):
            if uri.startswith("s3://"):
                folder = target / name / what
                files = store.download(uri, folder)
                fetched.append({"folder": str(folder), "files": files, "uri": uri})
    return fetched
