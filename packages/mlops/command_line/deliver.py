"""`mlops deliver`: the stages of a delivery, as the buildspec files call them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError

app = typer.Typer(help="Verify, deploy, train: the stages of a delivery.")

_Only = Annotated[
    str,
    typer.Option("--only", envvar="PARTS", help="Do nothing unless the stage is among these."),
]
_Environment = Annotated[str, typer.Option("--environment", "-e", envvar="ENVIRONMENT")]


def _is_meant(part: str, only: str) -> bool:

    parts = ("verify", "deploy", "train", "smoke", "project")
    named = [each.strip() for each in only.split(",") if each.strip()]
    unknown = ", ".join(each for each in named if each not in parts)
    if unknown:
        raise MlopsError(f"--only (PARTS): {unknown}: the parts are {', '.join(parts)}")
    if named and part not in named:
        typer.echo(f"{part}: not part of this build ({', '.join(named)})")
        return False
    return True


@app.command("verify")
def verify(
    context: typer.Context,
    environments: Annotated[
        str, typer.Option("--environments", envvar="ENVIRONMENTS", help="Comma-separated.")
    ] = "dev",
    tests: Annotated[
        str, typer.Option("--tests", envvar="TESTS", help="Paths of tests, or the word none.")
    ] = "tests",
    only: _Only = "",
) -> None:
    """Synthesize with rule packs and proofs, check and test, keep what was proved."""
    from mlops.delivery import parts

    if _is_meant("verify", only):
        # typer treats an empty variable as unset and would use the default.
        source = context.get_parameter_source("tests")
        unsaid = source is not None and source.name == "DEFAULT"
        if not tests.strip() or (unsaid and "TESTS" in os.environ):
            raise MlopsError(
                "--tests (TESTS) is empty: name paths of tests, such as tests for all, or none"
            )
        parts.verify(project_root(), environments, tests)


@app.command("deploy")
def deploy(
    environment: _Environment = "dev",
    verified: Annotated[
        Path | None,
        typer.Option(
            "--verified",
            envvar="CODEBUILD_SRC_DIR_Verified",
            help="Assemblies that an earlier build verified; default: those of `verify` here.",
        ),
    ] = None,
    only: _Only = "",
) -> None:
    """Deploy an environment as it was verified."""
    from mlops.delivery import parts

    if _is_meant("deploy", only):
        parts.deploy(project_root(), environment, verified)


@app.command("train")
def train(environment: _Environment = "dev", only: _Only = "") -> None:
    """Start the training pipeline, wait for its end, write the results."""
    from mlops.delivery import parts

    if _is_meant("train", only):
        parts.train(project_root(), environment)


@app.command("smoke")
def smoke(environment: _Environment = "staging", only: _Only = "") -> None:
    """Score a batch in a deployed environment."""
    from mlops.delivery import parts

    if _is_meant("smoke", only):
        parts.smoke(project_root(), environment)


@app.command("project")
def project(
    environment: _Environment = "dev",
    name: Annotated[
        str, typer.Option("--project", envvar="PROJECT", help="The team's project.")
    ] = "",
    only: _Only = "",
) -> None:
    """Update a project's pipelines to its repository, and train."""
    from mlops.delivery import parts

    if _is_meant("project", only):
        parts.project(project_root(), environment, name)


@app.command("result")
def result(
    name: Annotated[str, typer.Argument(help="Such as model-package-arn.")],
) -> None:
    """Print one field of the results of `train`; nothing if nothing was trained."""
    from mlops.delivery import parts
    from mlops.delivery.results import result as look_up

    typer.echo(look_up(project_root() / parts.HANDED_ON, name))
