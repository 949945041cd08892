"""`mlops synth`: synthesize environments with all checks."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import typer

from mlops.command_line.options import Json
from mlops.command_line.reporting import print_json
from mlops_common.processes import stop_threads


def synth(
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="One or several, comma-separated.")
    ] = "dev",
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Use no earlier result; the outcome is the same.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Synthesize with all checks; do nothing if nothing has changed."""
    from environments.loading import load_environments
    from mlops_common.store import NO_CACHE

    if no_cache:
        os.environ[NO_CACHE] = "1"
    names = [settings.name for settings in load_environments(environment)]
    # One more than processors: at its beginning and end each has work for less than one.
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        try:
            facts = list(pool.map(_synthesize, names))
        except KeyboardInterrupt:
            stop_threads()
            raise
    if as_json:
        print_json(facts)
        return
    for fact in facts:
        pipelines = ", ".join(fact["pipelines"]) or "none"
        typer.echo(
            f"{fact['environment']}: {fact['stacks']} stacks, {fact['resources']} resources, "
            f"pipelines {pipelines}, in {fact['seconds']} s: {fact['folder']}"
        )


def _synthesize(name: str) -> dict[str, Any]:
    from cloud_assembly import CloudAssembly
    from mlops.synthesis import synthesize

    started = time.monotonic()
    folder = synthesize(name)
    assembly = CloudAssembly(folder)
    return {
        "environment": name,
        "folder": str(folder),
        "stacks": len(assembly.stacks),
        "resources": sum(len(stack.resources) for stack in assembly.stacks),
        "pipelines": list(assembly.pipelines),
        "seconds": round(time.monotonic() - started, 1),
    }
