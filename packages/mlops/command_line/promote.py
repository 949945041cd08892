"""``mlops promote``: schedule an approved model for batch inference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Environment, Group, Json, Local
from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from mlops.promotion.withdrawing import Withdrawal
    from mlops.registry import ModelVersion, Registry


def promote(
    *,
    version: Annotated[
        str | None, typer.Option("--version", help="The model's version number.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="ARN of the model package instead.")
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(
            "--batch",
            metavar="S3_PREFIX|QUERY",
            help="Data of the test, or the query for them; by default those that the model was"
            " trained with, or the pipeline's own query.",
        ),
    ] = None,
    environment: Environment = "dev",
    group: Group = None,
    local: Local = False,
    as_json: Json = False,
) -> None:
    """Create the inference pipeline of an approved model, register, test and schedule it.

    The default is the newest approved model. A rejected model is taken out of the schedule, and
    the previous one is scheduled again. Repeating the command changes nothing.
    """
    from mlops.promotion import promote as bring
    from mlops.promotion import withdraw
    from mlops.registry import open_registry
    from mlops.registry.versions import REJECTED
    from pipeline_local.runs.revision import git_revision

    registry = open_registry(environment, local=local)
    wanted = _wanted(registry, version, model, group)
    if wanted.status == REJECTED:
        withdrawal = withdraw(registry, wanted)
        if as_json:
            print_json(withdrawal.facts())
        else:
            print_withdrawal(withdrawal)
        return
    revision = git_revision(project_root())
    outcome = bring(
        registry,
        wanted,
        batch=batch,
        revision=revision,
        say=lambda line: typer.echo(line, err=True),
    )
    if as_json:
        print_json(outcome.facts())
        return
    made = outcome.inference
    state = "is" if outcome.changed else "was already"
    typer.echo(
        f"{wanted.group} version {wanted.version} {state} promoted: pipeline version "
        f"{made.pipeline_version}, {outcome.schedule}"
    )
    typer.echo(f"  {made.decided}")


def print_withdrawal(withdrawal: Withdrawal) -> None:
    """Print a withdrawal."""
    if withdrawal.left_to_build:
        typer.echo("the build that the rejection starts restores the previous model")
        return
    if withdrawal.withdrawn is None:
        typer.echo("it was not scheduled: nothing changed")
        return
    typer.echo(f"no longer scheduled: {withdrawal.withdrawn.model}")
    if withdrawal.now is None:
        typer.echo("no earlier promotion: the schedule of batches is disabled")
    else:
        typer.echo(f"scheduled instead: {withdrawal.now.model}, {withdrawal.schedule}")


def _wanted(
    registry: Registry, version: str | None, model: str | None, group: str | None
) -> ModelVersion:
    from mlops.registry.versions import APPROVED

    if version is not None and model is not None:
        raise MlopsError("--version and --model: leave one of them out")
    if version is not None or model is not None:
        return registry.version(str(version or model), group)
    names = [registry.group(group)] if group else registry.projects.groups()
    if len(names) != 1:
        known = ", ".join(names) or "none has a batch pipeline"
        raise MlopsError(f"choose a model: --group, --version or --model; groups: {known}")
    for found in registry.versions(names[0]):
        if found.status == APPROVED:
            return found
    raise MlopsError(f"no version of {names[0]} is approved; approve one: mlops models approve")
