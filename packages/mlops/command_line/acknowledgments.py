"""`mlops acknowledgments`: accepted findings and their reasons."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from mlops.command_line.options import Json
from mlops.command_line.reporting import print_json


def acknowledgments(
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="Which environment's templates.")
    ] = "dev",
    as_json: Json = False,
) -> None:
    """List the accepted findings of the rule packs, with their reasons."""
    from cloud_assembly import CloudAssembly
    from cloud_assembly.acknowledgments import acknowledged_in
    from mlops.synthesis import synthesize

    stacks = CloudAssembly(synthesize(environment)).stacks
    found = [entry for stack in stacks for entry in acknowledged_in(stack)]
    resources = sum(len(stack.resources) for stack in stacks)
    if as_json:
        print_json({"resources": resources, "acknowledged": [asdict(entry) for entry in found]})
        return
    # One reason often covers several rules: print each reason once, with its rules.
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for entry in found:
        reasons.setdefault((entry.stack, entry.resource, entry.reason), []).append(entry.rule)
    for (stack, resource, reason), rules in reasons.items():
        typer.echo(f"{stack} {resource}\n  {', '.join(rules)}\n  {reason}\n")
    typer.echo(f"{len(found)} acknowledged findings on {resources} resources")
