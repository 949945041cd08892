"""`mlops review`: effects of a change, for reviewers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.command_line.options import Json
from mlops.command_line.reporting import print_json
from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from mlops.review.snapshots import Side


def review(
    assembly: Annotated[
        Path | None,
        typer.Argument(help="The changed cloud assembly; default: this tree, synthesized."),
    ] = None,
    *,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="One or several, comma-separated; all.")
    ] = "",
    against: Annotated[
        str,
        typer.Option(
            "--against",
            metavar="REVISION|DIR",
            help="What to compare with: a commit, a cloud assembly or a folder of sources; "
            "default: where this branch left the main one, or where the pull request's did.",
        ),
    ] = "",
    deployed: Annotated[
        str,
        typer.Option(
            "--deployed",
            metavar="NAMES",
            help="Environments to compare with their deployed stacks, comma-separated; "
            "the credentials are of their account.",
        ),
    ] = "",
    junit: Annotated[
        list[Path] | None, typer.Option("--junit", help="Test results; may come several times.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write it here, for a comment.")
    ] = None,
    pull_request: Annotated[
        str,
        typer.Option(
            "--pull-request",
            metavar="ID",
            help="Post it on this CodeCommit pull request, in place of the last one.",
        ),
    ] = "",
    commit: Annotated[
        str,
        typer.Option(
            "--commit",
            help="The commit that is reviewed: nothing is posted once the pull request has newer.",
        ),
    ] = "",
    time_limit: Annotated[
        float,
        typer.Option(
            min=1.0,
            help="Limit of work on permissions of each environment, in seconds of an idle machine.",
        ),
    ] = 60.0,
    as_json: Json = False,
) -> None:
    """Report what a change does to resources, pipelines, permissions, promises and cost."""
    from mlops.review import words
    from mlops.review.pull_request import PullRequest
    from mlops.review.reviewing import review as reviewed

    request = PullRequest(pull_request, commit=commit) if pull_request else None
    if request and not against:
        against = request.base
    names, read = _chosen(environment), _chosen(deployed)
    if names and (others := ", ".join(each for each in read if each not in names)):
        raise MlopsError(f"--deployed {others}: not among --environment {', '.join(names)}")
    before, after = _sides(assembly, against, names)
    if read:
        from mlops.local_project import connect
        from mlops.review.deployed import with_deployed

        folder = project_root() / "build" / "review" / "deployed"
        before = with_deployed(before, after, read, folder, connect)
    result = reviewed(before, after, junit=junit or (), time_limit=time_limit)
    if markdown:
        write_atomically(markdown, words.markdown(result))
    if as_json:
        print_json(result.as_json())
    else:
        typer.echo(words.text(result, shutil.get_terminal_size().columns), nl=False)
    if request:
        done = request.post(result)
        typer.echo(f"pull request {pull_request}: {done}", err=as_json)


def _chosen(environment: str) -> list[str]:
    from environments.loading import load_environments

    return [each.name for each in load_environments(environment)] if environment else []


def _sides(assembly: Path | None, against: str, names: list[str]) -> tuple[Side, Side]:
    from mlops.review import snapshots
    from mlops.review.revisions import default_revision

    root = project_root()
    given = snapshots.given_side(assembly) if assembly else None
    if against and (Path(against) / "app.py").is_file():
        before = snapshots.side_of_sources(root, Path(against), against, names)
    elif against and Path(against).is_dir():
        before = snapshots.given_side(Path(against))
    else:
        before = snapshots.side_of_revision(root, against or default_revision(root), names)
    after = given or snapshots.todays_side(root, names)
    return snapshots.only(before, names), snapshots.only(after, names)
