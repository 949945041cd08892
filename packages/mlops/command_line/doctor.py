"""`mlops doctor`: what stands in the way of a deployment, before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Environment, Json, Local
from mlops.command_line.reporting import print_json
from mlops_common.errors import MlopsError, printable

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings
    from mlops.doctor import Line, Subject

_IDENTITY = re.compile(r"arn:[^:]+:iam::[0-9]{12}:(?:role|user)/.+")
_SESSION = re.compile(r"arn:([^:]+):sts::([0-9]{12}):assumed-role/([^/]+)/.+")
_INDENT = " " * 10


def doctor(
    *,
    environment: Environment,
    policy: Annotated[
        bool, typer.Option("--policy", help="Print the policy that it reads with, and stop.")
    ] = False,
    deployer: Annotated[
        str | None,
        typer.Option(
            "--deployer",
            metavar="ARN",
            help="Role or user that runs `cdk deploy`, where these credentials are another's.",
        ),
    ] = None,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Check an account for what would stop a deployment, with read-only credentials.

    Each line is ok or a problem, with the command that removes it; what these credentials may not
    read is unknown. It changes nothing, and exits 1 when there is a problem.
    """
    from cloud_assembly.stack import partition_of
    from environments.loading import load_environments
    from mlops.doctor import Verdict, examine, read_only_policy

    settings, *others = load_environments(environment)
    if others:
        names = [each.name for each in (settings, *others)]
        raise MlopsError(
            f"--environment {environment}: an environment is looked at with credentials of its own"
            f" account; run {', then '.join(f'mlops doctor -e {name}' for name in names)}"
        )
    if policy:
        print_json(read_only_policy(settings, partition_of(settings.region)))
        return
    if deployer is not None:
        _check_identity(deployer)
    lines: list[Line] = []
    printed: set[tuple[str, ...]] = set()
    for line in examine(_subject(settings, deployer, local=local)):
        lines.append(line)
        if not as_json:
            _print(line, printed)
    counted = {each: sum(line.verdict is each for line in lines) for each in Verdict}
    if as_json:
        numbers = {each.value: number for each, number in counted.items()}
        facts = [each.facts() for each in lines]
        print_json({"environment": settings.name, "counts": numbers, "lines": facts})
    else:
        words = ", ".join(f"{number} {each.value}" for each, number in counted.items())
        typer.echo(f"{settings.name}: {words}")
    if counted[Verdict.PROBLEM]:
        raise typer.Exit(1)


def _check_identity(deployer: str) -> None:
    session = _SESSION.fullmatch(deployer)
    if session is not None:
        partition, account, name = session.groups()
        raise MlopsError(
            f"--deployer {deployer}: is a session; write its role's ARN, "
            f"arn:{partition}:iam::{account}:role/{name}, or what `aws iam get-role "
            f"--role-name {name} --query Role.Arn` prints if the role has a path"
        )
    if not _IDENTITY.fullmatch(deployer):
        raise MlopsError(f"--deployer {deployer}: is not the ARN of a role or user")


def _subject(settings: EnvironmentSettings, deployer: str | None, *, local: bool) -> Subject:
    from mlops.bootstrap import deployment_policies
    from mlops.bootstrap.commands import delivering_accounts
    from mlops.doctor.reads import Reader
    from mlops.doctor.subject import Subject, needed_version
    from mlops.local_project import connect
    from mlops.synthesis import synthesize
    from promises.world import worlds_of

    assembly = synthesize(settings.name)
    (world,) = worlds_of([assembly], products=False)
    return Subject(
        settings,
        world,
        deployment_policies(world, settings),
        Reader(connect(settings.region, settings.account, local=local)),
        tuple(delivering_accounts(settings.name)),
        needed_version(assembly),
        deployer,
    )


def _print(line: Line, printed: set[tuple[str, ...]]) -> None:
    typer.echo(f"{line.verdict.value:<9} {line.check}: {printable(line.what)}")
    commands = ("the commands above",) if line.commands in printed else line.commands
    for command in commands:
        typer.echo(f"{_INDENT}{command}")
    if line.commands:
        printed.add(line.commands)
