"""``mlops local``: the local AWS server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mlops.command_line.options import Environment, Json
from mlops.command_line.reporting import print_json

app = typer.Typer(
    help="The local AWS that `--local` uses: started when needed, stopped when unused.",
    no_args_is_help=True,
)


@app.command()
def start(
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="Environment whose account to print.")
    ] = "dev",
    idle_minutes: Annotated[
        float, typer.Option(min=0.1, help="Stop after so many idle minutes.")
    ] = 30.0,
    as_json: Json = False,
) -> None:
    """Start the local AWS and print how other tools reach it."""
    from environments.loading import load_environment
    from mlops.local_project import ensure_server
    from pipeline_local.aws.variables import client_variables

    settings = load_environment(environment)
    address = ensure_server(idle_minutes * 60)
    variables = client_variables(address.url, settings.account, settings.region)
    if as_json:
        facts = {"account": settings.account, "endpoint": address.url, "pid": address.pid}
        print_json({**facts, "environment": variables})
        return
    typer.echo(f"# local AWS at {address.url}, process {address.pid}; for other tools:")
    for name, value in variables.items():
        typer.echo(f"export {name}={value}")


@app.command()
def deploy(
    environment: Environment = "dev",
    template: Annotated[
        Path | None,
        typer.Option("--template", help="A cloud assembly to read instead of synthesizing."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Deploy an environment's platform to the local AWS: buckets, groups, parameters, pipelines."""
    from cloud_assembly import CloudAssembly
    from mlops.local_project import connect
    from mlops.synthesis import synthesize
    from pipeline_local.runs.deployment import deploy as deploy_assembly

    assembly = CloudAssembly(template or synthesize(environment))
    stack = assembly.stacks[0]
    aws = connect(stack.region, stack.account, local=True)
    deploy_assembly(assembly, aws)
    names = [found.pipeline_name for found in assembly.pipelines.values()]
    if as_json:
        print_json({"endpoint": aws.endpoint_url, "account": stack.account, "pipelines": names})
        return
    typer.echo(f"deployed to the local AWS at {aws.endpoint_url}: pipelines {', '.join(names)}")


@app.command()
def fire(
    name: Annotated[str, typer.Argument(help="A schedule, such as retraining.")],
    *,
    environment: Environment = "dev",
    as_json: Json = False,
) -> None:
    """Start what a deployed schedule starts, paused or not: nothing fires by time here."""
    from mlops.operations.starts import open_starts

    started = open_starts(environment, local=True).fire(name)
    if as_json:
        print_json({"execution": started})
    else:
        typer.echo(f"started {started}")


@app.command()
def stop() -> None:
    """Stop the local AWS; keep its state."""
    from mlops.local_project import state_folder
    from pipeline_local.local_aws import keeper

    stopped = keeper.stop_server(state_folder())
    typer.echo("stopped" if stopped else "not running")


@app.command()
def status(as_json: Json = False) -> None:
    """Show whether it runs, what it holds, and how its events were delivered."""
    from mlops.local_project import state_folder
    from pipeline_local.aws.control import ask
    from pipeline_local.local_aws import keeper

    folder = state_folder()
    address = keeper.find_server(folder)
    facts: dict[str, Any] = {
        "running": address is not None,
        "state": str(folder),
        "state_bytes": _size(folder),
    }
    if address is not None:
        facts |= {"endpoint": address.url, "pid": address.pid}
        facts |= ask(address, "status") or {}
    if as_json:
        print_json(facts)
        return
    where = f"running at {address.url}, process {address.pid}" if address else "not running"
    typer.echo(f"local AWS: {where}")
    typer.echo(f"state: {folder}, {facts['state_bytes'] / 1e6:.1f} MB")
    if address is None:
        return
    typer.echo(f"event rules: {', '.join(facts['rules']) or 'none'}")
    typer.echo(f"events not yet delivered: {facts['events_pending']}")
    for outcome in facts["deliveries"]:
        result = "delivered" if outcome["succeeded"] else f"FAILED: {outcome['message']}"
        typer.echo(
            f"  {outcome['time']} {outcome['about']} {outcome['status']} -> "
            f"{outcome['target']}: {result}"
        )
    if any(not outcome["succeeded"] for outcome in facts["deliveries"]):
        typer.echo(f"the functions' output is in {folder / 'server.log'}")


@app.command()
def stacks(environment: Environment = "dev", as_json: Json = False) -> None:
    """List the stacks of an environment's account, and what of them is only recorded."""
    from environments.loading import load_environment
    from mlops.aws_calls import pages
    from mlops.local_project import connect

    settings = load_environment(environment)
    client = connect(settings.region, settings.account, local=True).client("cloudformation")
    facts = [
        {
            "name": stack["StackName"],
            "status": stack["StackStatus"],
            "reason": stack.get("StackStatusReason", ""),
            "resources": len(resources),
            "recorded": {
                each["LogicalResourceId"]: each["ResourceStatusReason"]
                for each in resources
                if each["ResourceStatus"].endswith("_COMPLETE") and "ResourceStatusReason" in each
            },
        }
        for stack in pages(client, "describe_stacks", "Stacks")
        for resources in [_resources(client, stack["StackName"])]
    ]
    if as_json:
        print_json({"stacks": facts})
        return
    for stack in facts:
        why = f": {stack['reason']}" if stack["reason"] else ""
        typer.echo(f"{stack['name']}: {stack['status']}, {stack['resources']} resources{why}")
        for name, note in stack["recorded"].items():
            typer.echo(f"  {name}: {note}")


def _resources(client: Any, stack: str) -> list[dict[str, Any]]:
    from mlops.aws_calls import pages

    operation, field = "list_stack_resources", "StackResourceSummaries"
    return list(pages(client, operation, field, StackName=stack))


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Stop the local AWS and delete its state."""
    from mlops.local_project import state_folder
    from pipeline_local.local_aws import keeper

    folder = state_folder()
    if not yes:
        typer.confirm(f"Delete every object and model in {folder}?", abort=True)
    keeper.reset(folder)
    typer.echo(f"{folder} deleted")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
