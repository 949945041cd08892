"""`mlops data`: fetch the dataset, or generate a synthetic one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Json
from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root

if TYPE_CHECKING:
    from pipeline_local.runs.dataset import Dataset

app = typer.Typer(help="Get the abalone data, or make a stand-in for it.", no_args_is_help=True)

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


def dataset_folder() -> Path:
    """Return the project's folder for data."""
    return project_root() / "dataset"


def _tell(dataset: Dataset, *, as_json: bool) -> None:
    if as_json:
        print_json(dataset.facts())
        return
    kind = "SYNTHETIC data" if dataset.synthetic else "data"
    typer.echo(f"{dataset.path}: {kind}, {dataset.source}\nSHA-256 {dataset.sha256}")
