"""`mlops data`: fetch the dataset, generate a synthetic one, or send files to an environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Environment, Json, Local
from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root
from mlops_common.errors import printable

if TYPE_CHECKING:
    from pipeline_local.runs.dataset import Dataset

app = typer.Typer(
    help="Get the abalone data, make a stand-in for it, or send data.", no_args_is_help=True
)

OUTPUT = Annotated[
    Path | None, typer.Option("--output", help="The CSV to write; in dataset/ by default.")
]


@app.command()
def fetch(
    output: OUTPUT = None,
    url: Annotated[
        str | None, typer.Option("--url", help="A mirror of UCI's zip; its hash is checked.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch UCI's abalone data and check that it is what was published."""
    from mlops.data import fetch as fetching
    from mlops.data import resolve

    target = output or dataset_folder() / resolve.FILE_NAME
    _tell(fetching.fetch(target, url=url or fetching.URL), as_json=as_json)


@app.command()
def generate(
    output: OUTPUT = None,
    rows: Annotated[int, typer.Option("--rows", help="Number of records.")] = 4177,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same bytes.")] = 20,
    as_json: Json = False,
) -> None:
    """Generate a seeded synthetic dataset of the same shape, marked as synthetic."""
    from mlops.data import generate as generating
    from mlops.data import resolve

    target = output or dataset_folder() / resolve.STAND_IN_NAME
    _tell(generating.generate(target, rows=rows, seed=seed), as_json=as_json)


@app.command()
def send(
    path: Annotated[Path, typer.Argument(help="A file, or a folder of files.")],
    *,
    dataset: Annotated[str, typer.Option("--dataset", help="Name of the data set.")],
    kind: Annotated[
        str, typer.Option("--as", help="Rows to score (batch), late truth, or rows to train with.")
    ] = "batch",
    name: Annotated[
        str | None, typer.Option("--name", help="What the file or the folder is called there.")
    ] = None,
    bucket: Annotated[
        str | None,
        typer.Option("--bucket", help="The bucket of data; by default the environment's."),
    ] = None,
    environment: Environment = "dev",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be sent, and where.")
    ] = False,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Send files to an environment, as a role that its settings name under `senders`."""
    from environments.loading import load_environment
    from environments.names import ResourceNames
    from mlops.local_project import connect
    from mlops.operations import sending

    planned = sending.plan(path, dataset, kind, name)
    settings = load_environment(environment)
    sending.require_declared(dataset, settings)
    target = bucket or ResourceNames(settings).data_bucket
    fates: dict[str, str] = {}
    aws = None if dry_run else connect(settings.region, settings.account, local=local)
    for each in planned:
        fate = "would send"
        if aws is not None:
            fate = sending.send(aws.client("s3"), target, settings.account, each)
        fates[each.key] = fate
        if not as_json:
            uri = printable(f"{each.path} -> s3://{target}/{each.key}, {each.size:,} bytes")
            already = "left as it is: a file of that name is there"
            typer.echo(f"{already if fate == 'there' else fate}  {uri}")
    if as_json:
        print_json({"bucket": target, "files": fates})
    if "there" in fates.values():
        typer.echo("files are never replaced; send others under another --name", err=True)
        raise typer.Exit(1)


def dataset_folder() -> Path:
    """Return the project's folder for data."""
    return project_root() / "dataset"


def _tell(dataset: Dataset, *, as_json: bool) -> None:
    if as_json:
        print_json(dataset.facts())
        return
    kind = "SYNTHETIC data" if dataset.synthetic else "data"
    typer.echo(f"{dataset.path}: {kind}, {dataset.source}\nSHA-256 {dataset.sha256}")
