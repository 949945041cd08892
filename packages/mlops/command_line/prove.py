"""`mlops prove`: prove the promises on synthesized infrastructure."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.command_line.options import Json
from mlops.command_line.reporting import print_json
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops.evidence.writing import Evidence
    from promises.judged import Judged
    from promises.proving import Breach

_SHOWN_BREACHES = 5
_LONGEST_LINE = 300


def prove(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Cloud assemblies, or templates (JSON or YAML); default: synthesize."),
    ] = None,
    *,
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="One or several, comma-separated.")
    ] = "dev",
    subject: Annotated[
        list[str] | None,
        typer.Option(
            "--subject",
            help="NAME=LOGICAL_ID: the subject in other templates. Names: bucket, "
            "s3-endpoint, compute-role, volume-key, output-key, subnet, security-group.",
        ),
    ] = None,
    promise: Annotated[
        list[int] | None, typer.Option("--promise", help="Only this one; may come several times.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            help="NAME=VALUE: judge for this value only, and say so; else for every value that "
            "the template permits. May come several times.",
        ),
    ] = None,
    parameters: Annotated[
        Path | None,
        typer.Option("--parameters", help="Such values in a file, as CloudFormation takes them."),
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", help="Ask about this action only: s3:GetObject.")
    ] = None,
    role: Annotated[
        str | None, typer.Option("--role", help="LOGICAL_ID: ask about this role's requests only.")
    ] = None,
    scp: Annotated[
        list[Path] | None,
        typer.Option("--scp", help="Under this service control policy, too; repeatable."),
    ] = None,
    rcp: Annotated[
        list[Path] | None,
        typer.Option("--rcp", help="Under this resource control policy, too; repeatable."),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            min=0.1,
            help="Limit of work for one question, in seconds of an idle machine; then the answer "
            "is unknown.",
        ),
    ] = 30.0,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Prove all anew; the verdicts are the same.")
    ] = False,
    evidence: Annotated[
        Path | None,
        typer.Option(
            "--evidence",
            help="Also write the facts for an audit to this new folder: JSON, OSCAL, SARIF and a "
            "page to print. Proves all anew.",
        ),
    ] = None,
    at: Annotated[
        str, typer.Option("--at", help="The time that the evidence has, in ISO 8601; default: now.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Prove the security promises on synthesized templates; print counterexamples."""
    from environments import allowed_instance_types, own_types
    from promises.judged import FAILED, Asked, judged
    from promises.known import cache_folder
    from promises.organization import read_organization
    from promises.world.parameters import read_parameters

    started = time.monotonic()
    given, chosen = read_parameters(parameter or (), parameters), _chosen(promise)
    written, above = _evidence(evidence, at), read_organization(scp or (), rcp or ())
    paths = paths or _synthesized(environment)
    if written:
        written.read(paths, (*(scp or ()), *(rcp or ())))
    found = judged(
        paths,
        allowed_instance_types,
        chosen,
        asked=Asked(own_types(), tuple(subject or ()), given, action, role, above),
        timeout=timeout,
        # Who can write there can write answers.
        cache=None if no_cache or written else cache_folder(),
    )
    limits = [f"{name}={value}" for name, value in given.items()]
    limits += [f"{name} {value}" for name, value in (("action", action), ("role", role)) if value]
    limits += [f"--subject {each}" for each in subject or ()]
    limits += [f"--scp {file}" for file in scp or ()] + [f"--rcp {file}" for file in rcp or ()]
    if written:
        digest = written.write(found, limits)
        typer.echo(f"evidence: {evidence}, manifest.json has SHA-256 {digest}", err=True)
    if as_json:
        print_json([{**_facts(each), "for": limits} for each in found])
    else:
        _print_table(found)
        if limits:
            typer.echo(f"\nasked for {', '.join(limits)} only")
        for each in found:
            _print_details(each)
        typer.echo(f"\n{time.monotonic() - started:.1f} s in all")
    if any(outcome.verdict in FAILED for each in found for outcome in each.outcomes):
        raise typer.Exit(1)


def _evidence(folder: Path | None, at: str) -> Evidence | None:
    if folder is None:
        if at:
            raise MlopsError("--at: is the time of evidence; name its folder with --evidence")
        return None
    from mlops.evidence.writing import Evidence

    return Evidence(folder, at)


def _chosen(numbers: Sequence[int] | None) -> tuple[Any, ...]:
    from promises.catalog import PROMISES

    unknown = sorted(set(numbers or ()) - {each.number for each in PROMISES})
    if unknown:
        raise MlopsError(f"--promise {unknown[0]}: there are promises 1 to {len(PROMISES)}")
    return tuple(each for each in PROMISES if not numbers or each.number in numbers)


def _synthesized(environment: str) -> list[Path]:
    from environments import load_environments
    from mlops.synthesis import synthesize

    return [synthesize(each.name) for each in load_environments(environment)]


def _facts(judged: Judged) -> dict[str, Any]:
    return {
        "environment": judged.name,
        "account": judged.account,
        "region": judged.region,
        "seconds": round(sum(each.seconds for each in judged.outcomes), 2),
        "promises": [
            {
                "promise": each.promise.number,
                "statement": each.promise.statement,
                "source": each.promise.source,
                "assumptions": [*each.promise.assumptions, *each.assumed],
                "verdict": each.verdict.value,
                "claims": each.claims,
                "seconds": round(each.seconds, 3),
                "exceptions": list(each.exceptions),
                "breaches": [breach.as_json() for breach in each.breaches],
            }
            for each in judged.outcomes
        ],
    }


def _print_table(found: Sequence[Judged]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("", justify="right")
    table.add_column("Promise")
    for each in found:
        table.add_column(each.name, no_wrap=True)
    for row in zip(*(each.outcomes for each in found), strict=True):
        first = row[0].promise
        cells = (f"{each.verdict.value} {each.seconds:.1f} s" for each in row)
        table.add_row(str(first.number), first.statement, *cells)
    Console(highlight=False, soft_wrap=False).print(table)


def _print_details(judged: Judged) -> None:
    from promises.proving import Verdict

    for each in judged.outcomes:
        head = f"\n{judged.name}, promise {each.promise.number}"
        if each.verdict is Verdict.NOT_APPLICABLE:
            typer.echo(f"{head} is not applicable: {each.promise.absent}")
        if each.assumed:
            typer.echo(f"{head} assumes, beyond the templates:")
            for assumption in each.assumed:
                typer.echo(f"  {_shortened(assumption)}")
        if each.exceptions:
            typer.echo(f"{head} {each.promise.listing}:")
            for exception in each.exceptions:
                typer.echo(f"  {_shortened(exception)}")
        if each.breaches:
            typer.echo(f"{head} is {each.verdict.value}: {each.promise.statement}")
        for breach in each.breaches[:_SHOWN_BREACHES]:
            _print_breach(breach)
        hidden = len(each.breaches) - _SHOWN_BREACHES
        if hidden > 0:
            typer.echo(f"  and {hidden} more; --json shows all")


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_LINE:
        return text
    return f"{text[:_LONGEST_LINE].rpartition(' ')[0]} … (--json shows all)"


def _print_breach(breach: Breach) -> None:
    import json

    typer.echo(f"  {breach.subject}: {breach.what}")
    if breach.request is not None:
        typer.echo(f"    {breach.request}")
        typer.echo(f"    {json.dumps(breach.request.as_json(), sort_keys=True)}")
    if breach.statements:
        typer.echo(f"    decided by: {'; '.join(breach.statements)}")
