"""The proofs as part of a synthesis; `stacks.promises` is the CDK's policy-validation plugin."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from promises.judged import FAILED, Asked, judged
from promises.known import cache_folder
from promises.verdicts import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from promises.proving import Breach, Outcome
    from promises.world.reading import InstanceTypes
    from promises.world.type_reviews import OwnTypes


@dataclass(frozen=True)
class BrokenPromise:
    """One breach of a promise, for a report: the request in words and as JSON."""

    rule: str
    statement: str
    logical_id: str
    template: str


def get_ready() -> None:
    """Load what every judgement needs, before there is anything to judge."""
    import iam_prover.encoding.solve  # noqa: F401 - z3, above all
    from mlops_contract.callers import callers

    callers()


def broken_promises(
    templates: Sequence[str],
    instance_types: InstanceTypes,
    own_types: OwnTypes | None = None,
    cache: Path | None = None,
) -> list[BrokenPromise]:
    """Judge all environments of a synthesis; report what is broken or undecided.

    The `cache` is a folder, `cache_folder` unless given.
    """
    folders = sorted({Path(template).parent for template in templates})
    found: list[BrokenPromise] = []
    asked, kept = Asked(own_types or {}), cache or cache_folder()
    for folder in folders:
        for each in judged([folder], instance_types, asked=asked, cache=kept):
            found += (
                _report(each.name, folder, outcomes, breach)
                for breach, outcomes in _by_breach(each.outcomes)
            )
            found += (
                BrokenPromise("Limit", f"{each.name}: {row}.", *_place(folder, row.where))
                for row in each.beyond
            )
    return found


def _by_breach(outcomes: Sequence[Outcome]) -> Iterator[tuple[Breach, list[Outcome]]]:
    """Yield each breach with the promises that it breaks; what several ask for is refused once."""
    refused: dict[tuple[str, str], tuple[Breach, list[Outcome]]] = {}
    for outcome in outcomes:
        for breach in outcome.breaches if outcome.verdict in FAILED else ():
            if not breach.what.startswith(REFUSED):
                yield breach, [outcome]
                continue
            _, broken = refused.setdefault((breach.subject, breach.what), (breach, []))
            if outcome not in broken:
                broken.append(outcome)
    yield from refused.values()


def _report(
    environment: str, folder: Path, outcomes: Sequence[Outcome], breach: Breach
) -> BrokenPromise:
    outcome, *others = outcomes
    numbers = ", ".join(str(each.promise.number) for each in others)
    too = f", as are promises {numbers}" if numbers else ""
    parts = [
        f"{environment}: {outcome.promise.statement}. {outcome.verdict.value.capitalize()}{too}:",
        f"{breach.what}.",
    ]
    if breach.request is not None:
        parts += [f"{breach.request}.", json.dumps(breach.request.as_json(), sort_keys=True)]
    if breach.statements:
        parts.append(f"Decided by {'; '.join(breach.statements)}.")
    return BrokenPromise(
        f"Promise-{outcome.promise.number}",
        " ".join(parts),
        *_place(folder, breach.subject),
    )


def _place(folder: Path, subject: str) -> tuple[str, str]:
    """Return the logical id of a subject, and the template that holds it."""
    stack, _, logical_id = subject.partition("/")
    file = next(
        (each for each in sorted(folder.glob("*.template.json")) if _holds(each, logical_id)),
        folder,
    )
    return logical_id.partition(",")[0] or stack, str(file)


def _holds(template: Path, logical_id: str) -> bool:
    return bool(logical_id) and f'"{logical_id.partition(",")[0]}"' in template.read_text()
