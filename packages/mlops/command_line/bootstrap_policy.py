"""`mlops bootstrap-policy`: least-privilege policies for deploying an environment."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.command_line.options import Environment, Json
from mlops.command_line.reporting import print_json
from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from mlops.bootstrap import DeploymentPolicies
    from promises.world import World


def bootstrap_policy(
    *,
    environment: Environment,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="File to write the template to, not standard output."),
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option(
            "--trust",
            metavar="ACCOUNT",
            help="Account whose builds deploy to it, instead of those that deliver to it by"
            " delivery.promotions; repeatable.",
        ),
    ] = None,
    first: Annotated[
        bool,
        typer.Option(
            "--first",
            help="Write, as a stack by itself, what taking back a failed first deployment needs,"
            " for a day.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the policies of the role that CloudFormation deploys an environment under.

    They are generated from the synthesized templates, and proved: the deployer can grant no role
    more than the environment's permissions boundary, and can make every call of a deployment.
    """
    from mlops.bootstrap.commands import bootstrap_command, delivering_accounts, deploy_command
    from mlops.bootstrap.template import bootstrap_template, first_template

    if first and trust:
        raise MlopsError("--first: takes no --trust; who is trusted is the bootstrap's to say")
    trusted = _accounts(trust) if trust else delivering_accounts(environment)
    policies, world = _written(environment, first=first)
    claims = _proved(policies, world)
    calls = _enough(policies, world)
    template = first_template(policies) if first else bootstrap_template(policies)
    if output is not None:
        try:
            write_atomically(output, template)
        except OSError as error:
            raise MlopsError(f"--output {output}: cannot be written: {error.strerror}") from None
    commands = [deploy_command(policies, str(output) if output else "FILE")]
    if not first:
        arns = [arn for each in _together(policies) for arn in each.arns]
        commands.append(bootstrap_command(policies.account, policies.region, arns, trusted))
    if as_json:
        print_json({**_facts(policies, claims, commands), "calls_allowed": calls})
    elif output is None:
        typer.echo(template, nl=False)
    else:
        typer.echo(
            f"{output}: {len(policies.documents)} policies with {len(policies.actions)} actions"
            f" for {environment}; {claims} claims proved, none goes beyond the boundary;"
            f" {calls:,} calls of CloudFormation's handlers are allowed"
        )
        typer.echo("as an administrator of the account, once:")
        for command in commands:
            typer.echo(f"  {shlex.join(command)}")


def _accounts(accounts: list[str]) -> list[str]:
    for account in accounts:
        if not re.fullmatch(r"[0-9]{12}", account):
            raise MlopsError(f"--trust {account}: is not an AWS account number of 12 digits")
    return list(dict.fromkeys(accounts))


def _written(environment: str, *, first: bool = False) -> tuple[DeploymentPolicies, World]:
    from environments.loading import load_environment
    from mlops.bootstrap import deployment_policies, first_policies
    from mlops.synthesis import synthesize
    from promises.world import worlds_of

    settings = load_environment(environment)
    (world,) = worlds_of([synthesize(environment)], products=False)
    if first:
        until = datetime.now(UTC) + timedelta(days=1)
        return first_policies(world, settings, f"{until:%Y-%m-%dT%H:%M:%SZ}"), world
    return deployment_policies(world, settings), world


def _proved(policies: DeploymentPolicies, world: World) -> int:
    from mlops.bootstrap.proof import no_more_than_the_boundary
    from promises.proving import Verdict, outcomes_of

    (outcome,) = outcomes_of(world, [no_more_than_the_boundary(policies)])
    if outcome.verdict is not Verdict.PROVED:
        first = outcome.breaches[0]
        raise MlopsError(f"{first.subject}: {first.what}; nothing is written")
    return outcome.claims


def _enough(policies: DeploymentPolicies, world: World) -> int:
    from mlops.bootstrap.enough import refused
    from mlops.bootstrap.policies import asked_of

    calls = list(asked_of(policies, world))
    for call, reason in refused(world, policies, calls):
        raise MlopsError(f"{call}: {reason}; nothing is written")
    return len(calls)


def _together(policies: DeploymentPolicies) -> list[DeploymentPolicies]:
    """Collect the environments that share the CDK bootstrap of an account and region."""
    from environments.loading import available_environments, load_environments

    everything = load_environments(",".join(available_environments()))
    here = [
        each.name
        for each in everything
        if (each.account, each.region) == (policies.account, policies.region)
    ]
    others = [_written(name)[0] for name in here if name != policies.environment]
    return sorted([policies, *others], key=lambda each: each.environment)


def _facts(policies: DeploymentPolicies, claims: int, commands: list[list[str]]) -> dict[str, Any]:
    from mlops.bootstrap.statements import size

    return {
        "environment": policies.environment,
        "account": policies.account,
        "region": policies.region,
        "boundaries": list(policies.boundary_arns),
        "actions": list(policies.actions),
        "claims_proved": claims,
        "policies": [
            {"arn": arn, "characters": size(document), "document": document}
            for arn, document in zip(policies.arns, policies.documents, strict=True)
        ],
        "commands": [shlex.join(command) for command in commands],
    }
