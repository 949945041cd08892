"""`mlops destroy`: tear an environment down, and verify that only data is left."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Environment, Json, Local
from mlops.command_line.reporting import print_json

if TYPE_CHECKING:
    from mlops.teardown import Item, Plan


_NAMED = 10  # of one kind, on the screen


def destroy(
    *,
    environment: Environment,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without, only say what would be done.")
    ] = False,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Delete an environment's stacks and what was made beside them; say what stays, and why.

    Data stay unless two keys are turned: the settings have retention.keep_data: false, and the
    environment was last deployed with -c delete_data=ENVIRONMENT. What is left at the end though
    it is no data is listed, and makes the command fail.
    """
    from environments.loading import load_environment
    from mlops.local_project import connect
    from mlops.teardown import Place, carry_out, plan_teardown

    settings = load_environment(environment)
    place = Place(settings, connect(settings.region, settings.account, local=local))
    plan = plan_teardown(place)
    left: list[Item] = []
    if yes:
        left = carry_out(place, plan, lambda line: typer.echo(line, err=as_json))
    if as_json:
        facts = {"environment": plan.environment, "done": yes}
        names = {"stacks": plan.stacks, "emptied": plan.emptied}
        items = {
            "running": plan.running,
            "beside": plan.beside,
            "stays": plan.stays,
            "unowned": plan.unowned,
            "shared": plan.shared,
            "left": left,
        }
        lists = {name: [each.facts() for each in found] for name, found in items.items()}
        print_json({**facts, **names, **lists})
    else:
        _print(plan, left, done=yes)
    if left:
        raise typer.Exit(1)


def _print(plan: Plan, left: list[Item], *, done: bool) -> None:
    if not done:
        _print_intent(plan)
    for item in plan.stays:
        typer.echo(f"stays: {item.kind} {item.name} ({item.why})")
    for item in plan.shared:
        typer.echo(f"left alone: {item.kind} {item.name} ({item.why})")
    for item in left:
        why = f" ({item.why})" if item.why else ""
        typer.echo(f"not deleted: {item.kind} {item.name}{why}")
    if done:
        verdict = (
            f"{len(left)} resources are not deleted" if left else "nothing is left but the above"
        )
        typer.echo(f"{plan.environment}: {verdict}")
    elif plan.stacks or plan.beside:
        typer.echo("nothing was done; add --yes to do it")


def _print_intent(plan: Plan) -> None:
    for item in plan.running:
        typer.echo(f"would stop {item.kind} {item.name}")
    for name in plan.stacks:
        typer.echo(f"would delete stack {name}")
    for kind, items in groupby(plan.beside, key=lambda each: each.kind):
        names = [each.name for each in items]
        for name in names[:_NAMED]:
            typer.echo(f"would delete {kind} {name}, which is in no stack")
        if len(names) > _NAMED:
            typer.echo(f"would delete {len(names) - _NAMED} more of kind {kind}; --json names all")
    for bucket in plan.emptied:
        typer.echo(f"would empty bucket {bucket}, all versions")
    for item in plan.unowned:
        typer.echo(f"would be left: {item.kind} {item.name}: it is in no stack; decide about it")
    if not plan.stacks and not plan.beside:
        typer.echo(f"{plan.environment}: nothing is deployed")
