"""`mlops guardrails`: policies of the organization above the accounts of the platform."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from mlops_common.errors import MlopsError

_ROLE = re.compile(r"arn:[a-z-]+:iam::(\*|\d{12}):role/[\w+=,.@/*?-]*\w[\w+=,.@/*?-]*")


def guardrails(
    folder: Annotated[Path, typer.Argument(help="A new folder for the policies.")],
    *,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="One or several, comma-separated.")
    ] = "dev,staging,prod",
    operator: Annotated[
        list[str] | None,
        typer.Option(
            "--operator",
            metavar="ARN",
            help="A role that may deploy by hand, as an ARN that may have *; without one, only "
            "deliveries do. Repeatable.",
        ),
    ] = None,
) -> None:
    """Write service and resource control policies for the accounts of environments.

    Those hold administrators of the accounts. The management account of the organization and
    service-linked roles are outside.
    """
    from environments import load_environments
    from mlops.guardrails.filling import Organization
    from mlops.guardrails.writing import files_of
    from mlops_common.files import write_new_folder

    for arn in operator or ():
        if not _ROLE.fullmatch(arn):
            raise MlopsError(f"--operator {arn}: is no ARN of a role: arn:aws:iam::*:role/Deployer")
    found = load_environments(environment)
    partitions = {_partition(each.region) for each in found}
    if len(partitions) > 1:
        raise MlopsError("--environment: an organization is in one partition; name them apart")
    named = {each.account for each in found}
    for each in found:
        for other in (each.previous_environment, each.next_environment):
            if other is not None and other.account not in named:
                raise MlopsError(
                    f"--environment {environment}: models go between {each.name} and {other.name},"
                    f" whose account {other.account} these would refuse; name it, too"
                )
    files = files_of(
        Organization(
            tuple(sorted(named)),
            tuple(sorted({each.region for each in found})),
            partitions.pop(),
            tuple(sorted(set(operator or ()))),
            tuple(sorted({each.role for one in found for each in one.senders})),
        )
    )
    write_new_folder(folder, {name: text.encode() for name, text in files.items()}, str(folder))
    accounts = ", ".join(sorted(named))
    typer.echo(f"{folder}: {len(files)} files for accounts {accounts}")
    typer.echo("the management account and service-linked roles are outside of what these refuse")
    options = [f"--{name[:3]} {folder / name}" for name in files if name[:4] in ("scp-", "rcp-")]
    typer.echo(f"prove under them: mlops prove -e {environment} {' '.join(options)}")


def _partition(region: str) -> str:
    from cloud_assembly.stack import partition_of

    return partition_of(region)
