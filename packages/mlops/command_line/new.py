"""`mlops new`: write pipelines for one's own data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlops.synthesis.project import project_root

app = typer.Typer(help="Write pipelines for your own data.", no_args_is_help=True)


@app.command()
def pipeline(
    name: Annotated[str, typer.Argument(help="Of data set, models and pipelines, such as churn.")],
    data: Annotated[Path, typer.Option("--data", metavar="FILE", help="Rows with names, as CSV.")],
    target: Annotated[
        str, typer.Option("--target", help="The column to predict; by default the last.")
    ] = "",
    run: Annotated[
        bool, typer.Option("--run/--no-run", help="Run the training pipeline here afterwards.")
    ] = True,
) -> None:
    """Propose a schema for a file, write training, batch and quality pipelines, and run them."""
    from environments.loading import available_environments, load_environment
    from mlops.command_line.run import run as run_pipeline
    from mlops.declared import declared_projects
    from mlops.scaffold.pipelines import write_pipelines
    from mlops_common.errors import printable

    root = project_root()
    # The pipelines, and so the projects, are the same in each environment.
    others = [declared_projects(load_environment(each)) for each in available_environments()[:1]]
    found = write_pipelines(root, name, data, target, *others)
    for file in found.files:
        typer.echo(f"wrote {file.relative_to(root)}")
    what = f"{found.schema['problem']} of {found.schema['target']}"
    count = len(found.schema["columns"]) - 1
    typer.echo(printable(f"{what} from {count} columns, {found.rows} rows: look it through"))
    for note in found.notes:
        typer.echo(printable(f"note: {note}"))
    if run:
        run_pipeline(name, local=True, data=data)
    typer.echo(f"next: mlops models approve 1 --local --group {name} --reason WHY")
    typer.echo(f"then: mlops run {name}-batch --local --data ROWS")
