"""``mlops prices``: the list prices behind a review's cost estimate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlops.command_line.options import Json
from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError

app = typer.Typer(help="The dated price file that `mlops review` uses.", no_args_is_help=True)


@app.command("list")
def show(
    region: Annotated[str, typer.Option("--region", help="Only this one.")] = "",
    as_json: Json = False,
) -> None:
    """List the prices, each with its date and source, and what is assumed beside them."""
    from mlops.prices.price_file import PriceFile, read_assumptions

    prices, assumptions = PriceFile(), read_assumptions()
    chosen = [each for each in prices.regions if region in {"", each}]
    if not chosen:
        raise MlopsError(f"--region {region}: no prices; there are: {', '.join(prices.regions)}")
    if as_json:
        rows = {each: prices.content["regions"][each] for each in chosen}
        print_json({"currency": prices.currency, "regions": rows, "assumed": vars(assumptions)})
        return
    for each in chosen:
        typer.echo(f"{each}, {prices.currency}")
        for name, row in prices.content["regions"][each].items():
            typer.echo(f"  {name:<44} {row['price']:>9.4f}  {row['date']}  {row['source']}")
    typer.echo(f"assumed: {assumptions.in_words()}")


@app.command()
def standing(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Cloud assemblies; default: synthesize.")
    ] = None,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="One or several, comma-separated.")
    ] = "dev,staging,prod",
    as_json: Json = False,
) -> None:
    """Print what environments cost in which nothing happens, and what each setting would save."""
    from environments import load_environments
    from mlops.prices.price_file import PriceFile, read_assumptions
    from mlops.prices.standing import standing as standing_of
    from mlops.synthesis import synthesize
    from promises.world import worlds_of
    from promises.world.reading import MANIFEST

    for path in paths or ():
        if not (path / MANIFEST).is_file():
            raise MlopsError(
                f"{path}: is no cloud assembly: no {MANIFEST}, which `cdk synth` writes"
            )
    prices, assumptions = PriceFile(), read_assumptions()
    worlds = worlds_of(paths or [synthesize(each.name) for each in load_environments(environment)])
    found = [standing_of(each, prices, assumptions) for each in worlds]
    if as_json:
        print_json([each.as_json() for each in found])
        return
    for each in found:
        for line in each.lines():
            typer.echo(line)
    typer.echo(f"all: {sum(each.total for each in found):,.2f} {prices.currency} a month")


@app.command()
def refresh(
    region: Annotated[
        list[str] | None, typer.Option("--region", help="May come several times; all in it.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write here instead of the project's file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look all prices up in AWS's Pricing API and rewrite the file."""
    from mlops.prices.price_file import PriceFile
    from mlops.prices.refresh import refreshed
    from mlops_contract.prices import FILE

    kept = project_root() / "packages" / "mlops_contract" / FILE.name
    target = output or (kept if kept.is_file() else FILE)
    outcome = refreshed(PriceFile(kept if kept.is_file() else FILE), region or ())
    outcome.write(target)
    if as_json:
        print_json(outcome.as_json())
        return
    for line in outcome.in_words():
        typer.echo(line)
    typer.echo(f"written: {target}")
