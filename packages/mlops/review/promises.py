"""Changes of the promises: still proved, broken, kept again, or resting on something new.

A claim that stands on both sides word for word has one answer. Only the others are asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.review.findings import Finding, Weight, count, cut, plain
from promises.catalog import PROMISES
from promises.claims import Never
from promises.proving import Verdict, judge_claims

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from promises.claims import Claim, Promise
    from promises.proving import Breach
    from promises.world import World

    Claims = dict[int, list[Claim]]

_ONE_QUESTION = 10.0  # seconds
_MOST = 3  # further breaches among the details


def promise_findings(before: World, after: World) -> tuple[tuple[Finding, ...], str]:
    """Compare the promises of two worlds."""
    old, new = (
        {promise.number: list(promise.claims(world)) for promise in PROMISES}
        for world in (before, after)
    )
    gone, come = _without(old, new), _without(new, old)
    first, second = (_breaches(each) for each in (gone, come))
    found = []
    for promise in PROMISES:
        found += _of_promise(promise, first.get(promise.number, []), second.get(promise.number, []))
        found += _of_premises(promise, before, after)
        if not new[promise.number] and old[promise.number]:
            text = f"promise {promise.number} no longer applies: {promise.absent}"
            found.append(Finding(text, Weight.WARNING, facts=_facts(promise, "not applicable")))
    asked = sum(len(each) for each in come.values())
    total = sum(len(each) for each in new.values())
    broken = sorted({number for number, each in second.items() if each})
    summary = (
        f"{len(PROMISES)} promises, {total} claims: none changed"
        if not asked
        else f"{len(PROMISES)} promises, {total} claims, of which the change touches {asked}: "
        + (f"broken, or not decided: {', '.join(map(str, broken))}" if broken else "all proved")
    )
    return tuple(found), summary


def _without(these: Claims, those: Claims) -> Claims:
    """Return the claims that the other side lacks."""
    found: Claims = {}
    for number, claims in these.items():
        known: dict[tuple[str, str], list[Claim]] = {}
        for each in those[number]:
            known.setdefault((each.subject, each.what), []).append(each)
        fresh = [each for each in claims if each not in known.get((each.subject, each.what), [])]
        if fresh:
            found[number] = fresh
    return found


def _breaches(claims: Claims) -> dict[int, list[Breach]]:
    # The cheap ones first: they need no solver.
    flat = [
        (number, claim)
        for number, group in claims.items()
        for claim in sorted(group, key=lambda each: isinstance(each, Never))
    ]
    found: dict[int, list[Breach]] = {}
    for (number, _), breach in zip(flat, judge_claims(flat, _ONE_QUESTION), strict=True):
        if breach is not None:
            found.setdefault(number, []).append(breach)
    return found


def _of_promise(promise: Promise, old: Sequence[Breach], new: Sequence[Breach]) -> list[Finding]:
    known = {(each.subject, each.what) for each in old}
    fresh = [each for each in new if (each.subject, each.what) not in known]
    if fresh:
        worst = next((each for each in fresh if each.verdict is Verdict.BROKEN), fresh[0])
        how = "is **broken**" if worst.verdict is Verdict.BROKEN else "is **not decided**"
        request = f". For example: {worst.request}" if worst.request else ""
        return [
            Finding(
                f"promise {promise.number} {how} ({promise.statement}): {worst.subject}: "
                f"{worst.what}{plain(request)}",
                Weight.WARNING,
                cut([f"{each.subject}: {each.what}" for each in fresh[1:]], _MOST),
                _facts(promise, worst.verdict.value, breaches=[each.as_json() for each in fresh]),
            )
        ]
    if old and not new:
        text = (
            f"promise {promise.number} is kept again ({promise.statement}): what broke it is gone, "
            f"{count(len(old), 'breach').replace('breachs', 'breaches')}"
        )
        return [Finding(text, facts=_facts(promise, "mended"))]
    return []


def _of_premises(promise: Promise, before: World, after: World) -> Iterator[Finding]:
    """Report new and dropped assumptions and exceptions."""
    worlds = (before, after)
    assumed = [set(w.assumed_for(promise.number)) for w in worlds]
    excepted = [set(promise.exceptions(w) if promise.exceptions else ()) for w in worlds]
    for (old, new), kind, verdict, gained, lost in (
        (assumed, "assumption", "assumed", "newly rests on what no template shows",
         "no longer rests on"),
        (excepted, "exception", "exception", "has a new exception", "no longer has the exception"),
    ):  # fmt: skip
        start = f"promise {promise.number}"
        for each in sorted(new - old):
            facts = _facts(promise, verdict, **{kind: each})
            yield Finding(f"{start} {gained}: {each}", Weight.WARNING, facts=facts)
        for each in sorted(old - new):
            facts = _facts(promise, f"{'no' if kind == verdict else 'not'} {verdict}")
            yield Finding(f"{start} {lost}: {each}", facts={**facts, kind: each})


def _facts(promise: Promise, verdict: str, **more: object) -> dict[str, Any]:
    return {"promise": promise.number, "verdict": verdict, **more}
