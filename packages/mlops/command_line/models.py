"""``mlops models``: list, show, approve, reject and promote model versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.command_line.options import Environment, Group, Json, Local
from mlops.command_line.promote import print_withdrawal
from mlops.command_line.reporting import print_json
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from mlops.promotion.withdrawing import Withdrawal
    from mlops.registry import ModelVersion, Registry

app = typer.Typer(
    help="The model registry: list, show, approve, reject, roll back, promote on.",
    no_args_is_help=True,
)

Version = Annotated[str, typer.Argument(help="Version number, or ARN of the model package.")]
Reason = Annotated[str, typer.Option("--reason", help="Reason, kept with the version.")]

_SHORT = 12


@app.command("list")
def list_models(
    *,
    environment: Environment = "dev",
    group: Group = None,
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest, a group.")] = 20,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """List the newest versions: status, champion, error, where they come from."""
    from mlops.registry import open_registry

    registry = open_registry(environment, local=local)
    groups = [registry.group(group)] if group else registry.groups()
    versions = [version for name in groups for version in registry.versions(name, limit)]
    if as_json:
        print_json([version.facts() for version in versions])
        return
    if not versions:
        typer.echo(f"environment {environment} has no model version yet")
        return
    head = ["GROUP", "VERSION", "STATUS", "CHAMPION", "TEST", "CREATED", "RUN", "REVISION"]
    _print_table([head, *(_row(version) for version in versions)])


@app.command()
def show(
    version: Version,
    *,
    environment: Environment = "dev",
    group: Group = None,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Show all facts of a version."""
    from mlops.registry import open_registry

    facts = open_registry(environment, local=local).version(version, group).facts()
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        if isinstance(value, dict):
            typer.echo(f"{name}:")
            for key, item in sorted(value.items()):
                typer.echo(f"  {key}: {item}")
        elif value not in {"", None}:
            typer.echo(f"{name}: {value}")


@app.command()
def approve(
    version: Version,
    *,
    reason: Reason,
    environment: Environment = "dev",
    group: Group = None,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Approve a version: the newest approved one becomes the champion."""
    _decide(version, "Approved", reason, environment, group, local=local, as_json=as_json)


@app.command()
def reject(
    version: Version,
    *,
    reason: Reason,
    environment: Environment = "dev",
    group: Group = None,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Reject a version, also the champion: then the previous one is scheduled again."""
    _decide(version, "Rejected", reason, environment, group, local=local, as_json=as_json)


@app.command()
def rollback(
    *,
    reason: Reason,
    environment: Environment = "dev",
    group: Group = None,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Reject the model that is scheduled, and schedule the one that was promoted before."""
    from mlops.promotion import roll_back
    from mlops.registry import open_registry

    withdrawal = roll_back(open_registry(environment, local=local), reason, group)
    if as_json:
        print_json(withdrawal.facts())
        return
    print_withdrawal(withdrawal)
    if withdrawal.withdrawn is not None:
        typer.echo(f"  {withdrawal.withdrawn.decided}")


@app.command("promote-to")
def promote_to(
    environment: Annotated[str, typer.Argument(help="The environment that it goes on to.")],
    version: Annotated[
        str, typer.Argument(help="GROUP/VERSION in the environment before, or the version's ARN.")
    ],
    *,
    reason: Reason,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Bring one approved version into the next environment, where it waits for a decision."""
    from mlops.registry import import_version, open_registry

    done = import_version(open_registry(environment, local=local), version, reason)
    here = done.version
    if as_json:
        print_json({"made": done.made, "promoted_from": done.source, **here.facts()})
        return
    name = f"{here.group} version {here.version}"
    if not done.made:
        typer.echo(f"{done.source} exists already: {name}, {here.status}")
        return
    typer.echo(f"{done.source} -> {name}: {here.status}")
    typer.echo(
        f"  decide with: mlops models approve {here.version} --group {here.group}"
        f" --environment {environment} --reason WHY"
    )


def _decide(
    wanted: str,
    status: Any,
    reason: str,
    environment: str,
    group: str | None,
    *,
    local: bool,
    as_json: bool,
) -> None:
    from mlops.registry import decide, open_registry

    registry = open_registry(environment, local=local)
    decision = decide(registry, registry.version(wanted, group), status, reason)
    version = decision.version
    withdrawal = _withdrawn(registry, version) if status == "Rejected" else None
    if as_json:
        print_json({"changed": decision.changed, "before": decision.before, **version.facts()})
        return
    name = f"{version.group} version {version.version}"
    if not decision.changed:
        typer.echo(
            f"{name} is {status} already: {version.approval_description or 'no reason recorded'}"
        )
        return
    typer.echo(f"{name}: {decision.before} -> {status}")
    typer.echo(f"  {version.approval_description}")
    if version.champion:
        typer.echo("  it is the champion")
    if withdrawal is not None and withdrawal.withdrawn is not None:
        print_withdrawal(withdrawal)


def _withdrawn(registry: Registry, version: ModelVersion) -> Withdrawal | None:
    """Take a rejected model out of the schedule, if the environment has one."""
    from botocore.exceptions import ClientError

    from mlops.promotion import withdraw

    try:
        return withdraw(registry, version)
    except MlopsError:  # no batches are scored with it
        return None
    except ClientError as error:
        # An approver may lack access to the schedule; the build that the rejection starts has it.
        if "AccessDenied" not in error.response["Error"]["Code"]:
            raise
        return None


def _row(version: ModelVersion) -> list[str]:
    figures = sorted(version.figures.items())
    return [
        version.group,
        str(version.version),
        version.status,
        "*" if version.champion else "",
        ", ".join(f"{name} {value:.4f}" for name, value in figures),
        f"{version.created.astimezone():%Y-%m-%d %H:%M}",
        version.run_id,
        version.git_revision[:_SHORT],
    ]


def _print_table(rows: list[list[str]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
