"""``mlops alarms``: list alarms, and delete those that no stack owns."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from mlops.command_line.options import Json, Local
from mlops.command_line.reporting import print_json
from mlops_common.errors import MlopsError

app = typer.Typer(help="CloudWatch alarms: list, delete those made by hand.", no_args_is_help=True)

Environment = Annotated[
    str, typer.Option("--environment", "-e", help="Which environment's account and region.")
]


@app.command("list")
def list_alarms(
    *,
    prefix: Annotated[
        str | None,
        typer.Option("--prefix", help="Prefix of the names; default: the environment's."),
    ] = None,
    environment: Environment = "dev",
    local: Local = False,
    as_json: Json = False,
) -> None:
    """List alarms: their state, since when, and which stack owns them."""
    from environments.loading import load_environment
    from environments.names import ResourceNames
    from mlops.local_project import connect
    from mlops.operations.alarms import find_alarms

    settings = load_environment(environment)
    wanted = ResourceNames(settings).prefix if prefix is None else prefix
    aws = connect(settings.region, settings.account, local=local)
    found = find_alarms(aws, wanted, owners_needed=False)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    for each in sorted(found, key=lambda one: (one.state != "ALARM", one.name)):
        typer.echo(f"{each.state:<17} {each.name}  since {each.since or 'unknown'}")
        typer.echo(f"{'':<17} {each.description or 'no description'}")
        typer.echo(f"{'':<17} {_maker(each.owner)}")
    typer.echo(f"{len(found)} alarms start with {wanted!r}")


@app.command("delete")
def delete(
    *,
    prefix: Annotated[str, typer.Option("--prefix", help="Prefix of the names.")],
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it, only list them.")] = False,
    environment: Environment = "dev",
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Delete alarms that were made by hand; never those that a stack owns."""
    from environments.loading import load_environment
    from mlops.local_project import connect
    from mlops.operations.alarms import delete_alarms, deletion_order, find_alarms

    if not prefix:
        raise MlopsError(
            "--prefix is empty, which matches all alarms of the account; give a prefix"
        )
    settings = load_environment(environment)
    aws = connect(settings.region, settings.account, local=local)
    found = find_alarms(aws, prefix)
    outside = [each for each in found if not each.owner]
    order = [name for request in deletion_order(outside) for name in request]
    if yes:
        delete_alarms(aws, outside)
    kept = [each for each in found if each.owner]
    if as_json:
        facts = {"deleted" if yes else "would_delete": order}
        print_json({**facts, "kept": {each.name: each.owner for each in kept}})
        return
    for name in order:
        typer.echo(f"{'deleted' if yes else 'would delete'}  {name}")
    for each in kept:
        typer.echo(f"kept  {each.name}: {_maker(each.owner)}")
    if order and not yes:
        typer.echo("nothing was deleted; add --yes to delete")
    elif not order:
        typer.echo(f"no alarm that starts with {prefix!r} was made by hand")


@app.command("messages")
def messages(*, environment: Environment = "dev", as_json: Json = False) -> None:
    """Print the notifications that the templates define; <…> comes from the event."""
    from cloud_assembly import CloudAssembly
    from cloud_assembly.messages import messages_of
    from mlops.synthesis import synthesize

    assembly = CloudAssembly(synthesize(environment))
    found = [
        message for stack in assembly.stacks for message in messages_of(stack, assembly.resolver)
    ]
    if as_json:
        print_json([asdict(each) for each in found])
        return
    for each in found:
        typer.echo(f"{each.name}\n{each.template}\n")


def _maker(owner: str | None) -> str:
    if owner is None:
        return "owner unknown: no permission to list the account's stacks"
    return f"of stack {owner}" if owner else "made by hand"
