"""`mlops synth`: synthesize environments with all checks."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from mlops.command_line.options import Json
from mlops.command_line.reporting import print_json


def synth(
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="One or several, comma-separated.")
    ] = "dev",
    as_json: Json = False,
) -> None:
    """Synthesize with all checks; do nothing if nothing has changed."""
    from cloud_assembly import CloudAssembly
    from environments.loading import load_environments
    from mlops.synthesis import synthesize

    facts: list[dict[str, Any]] = []
    for settings in load_environments(environment):
        started = time.monotonic()
        folder = synthesize(settings.name)
        assembly = CloudAssembly(folder)
        facts.append(
            {
                "environment": settings.name,
                "folder": str(folder),
                "stacks": len(assembly.stacks),
                "resources": sum(len(stack.resources) for stack in assembly.stacks),
                "pipelines": list(assembly.pipelines),
                "seconds": round(time.monotonic() - started, 1),
            }
        )
    if as_json:
        print_json(facts)
        return
    for fact in facts:
        typer.echo(
            f"{fact['environment']}: {fact['stacks']} stacks, {fact['resources']} resources, "
            f"pipelines {', '.join(fact['pipelines'])}, in {fact['seconds']} s: {fact['folder']}"
        )
