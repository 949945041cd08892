"""``mlops package-template``: build and publish versions of the project template."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from mlops.project_template.publishing import Publication


def package_template(
    *,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="Environment of the teams that use it.")
    ] = "dev",
    revision: Annotated[
        str, typer.Option("--revision", help="Revision that repositories start from.")
    ] = "HEAD",
    output: Annotated[
        Path | None, typer.Option("--output", metavar="DIR", help="Write template and archive.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Make it the version of the environment's product.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts as JSON.")] = False,
) -> None:
    """Build a version of the project template from a git revision, check and publish it.

    Uncommitted files of the working tree are not included. The same revision
    gives the same bytes, and publishing it twice changes nothing.
    """
    from environments.loading import load_environment
    from mlops.project_template.packaging import package
    from mlops.project_template.publishing import publish as make_known
    from mlops_contract.cdk_bootstrap import assets_bucket

    if output is None and not publish:
        raise MlopsError("choose what to do: --output DIR, --publish, or both")
    settings = load_environment(environment)
    version = package(project_root(), settings, revision)
    facts = version.facts()
    if output is not None:
        try:
            written = version.write(output)
        except OSError as error:
            raise MlopsError(f"--output {output}: cannot be written: {error.strerror}") from None
        facts |= {"written": [str(each) for each in written]}
    bucket = assets_bucket(settings.account, settings.region)
    publication = make_known(settings, version, bucket) if publish else None
    if publication is not None:
        facts |= publication.facts()
    if as_json:
        print_json(facts)
        return
    typer.echo(f"version {version.name}: {version.seed.files} files of {version.seed.commit}")
    for each in facts.get("written", ()):
        typer.echo(f"  {each}")
    if publication is not None:
        _tell(publication)


def _tell(publication: Publication) -> None:
    state = "published as" if publication.is_new else "was published already:"
    typer.echo(f"  {state} {publication.artifact} of product {publication.product}")
    if publication.deprecated:
        typer.echo(f"  deprecated: {', '.join(publication.deprecated)}")
