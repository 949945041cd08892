"""Verdicts on promises in a world."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from iam_prover.encoding.prover import Prover, ProverHere
from mlops_common.forking import share_out
from promises.claims import Never
from promises.verdicts import Breach, Verdict, judge, other_ways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
    from concurrent.futures import Future

    from promises.claims import Claim, Promise
    from promises.world import World

__all__ = ["Breach", "Outcome", "Verdict", "judge", "judge_claims", "outcomes_of"]

WORKERS = 2
_FIRST_TURN = 1.0
# Promises with the most work, which are begun first.
_LONG: Final = (1, 3, 4, 5, 11, 18, 21)


@dataclass(frozen=True)
class Outcome:
    """The outcome of one promise in one environment.

    With `assumed` (network of others that the templates do not show) the verdict is at best
    `ASSUMED`; `exceptions` are opened by a table in the templates.
    """

    promise: Promise
    verdict: Verdict
    claims: int
    seconds: float
    breaches: tuple[Breach, ...] = ()
    exceptions: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


# What is found about a claim, and the seconds that it took.
Judgement: TypeAlias = tuple[Breach | None, float]
# An outcome without its promise, by the promise's place.
_Facts: TypeAlias = tuple[int, tuple[Any, ...]]


def outcomes_of(
    world: World,
    promises: Sequence[Promise],
    timeout: float = 30.0,
    known: MutableMapping[str, str] | None = None,
) -> list[Outcome]:
    """Judge promises; `timeout` is in seconds of an idle machine for one question.

    What is not answered by then is unknown, which is a failure. What is `known` is not asked again.
    """
    shared = _outcomes_by_processes(world, promises, timeout, known)
    if shared is not None:
        return shared
    stated: list[int] = []

    def claims() -> Iterator[Claim]:
        for index, promise in enumerate(promises):
            for claim in promise.claims(world):
                stated.append(index)
                yield claim

    judged: list[list[Judgement]] = [[] for _ in promises]
    every = _judged(claims(), timeout, partial(_judge_each, known=known))
    for index, found in zip(stated, every, strict=True):
        judged[index].append(found)
    return [_outcome(world, promise, judged[at]) for at, promise in enumerate(promises)]


def _outcomes_by_processes(
    world: World,
    promises: Sequence[Promise],
    timeout: float,
    known: MutableMapping[str, str] | None,
) -> list[Outcome] | None:
    """Judge promises in processes, each with z3 in it; None where no process can be forked.

    What they are asked need not be written for them and read again, which costs as much as the
    answers. One that z3 does not come back to is killed, and all is judged with a process a
    question: also None.
    """

    def judge_some(indices: Iterator[int]) -> tuple[list[_Facts], dict[str, str]]:
        gc.set_threshold(100_000)  # terms are kept, and are in no cycles
        before = set(known or ())
        found = [facts(index) for index in indices]
        return found, {key: each for key, each in (known or {}).items() if key not in before}

    def facts(index: int) -> _Facts:
        promise = promises[index]
        judged = _judged(promise.claims(world), timeout, partial(_judge_here, known=known))
        found = _outcome(world, promise, judged)
        kept = (found.verdict, found.claims, found.seconds)
        return index, (*kept, found.breaches, found.exceptions, found.assumed)

    long_first = sorted(range(len(promises)), key=lambda at: promises[at].number not in _LONG)
    shared = share_out(long_first, WORKERS, judge_some) if len(promises) > 1 else None
    if shared is None:
        return None
    outcomes: dict[int, Outcome] = {}
    for some, added in shared:
        outcomes |= {index: Outcome(promises[index], *each) for index, each in some}
        if known is not None:
            known.update(added)
    return [outcomes[index] for index in range(len(promises))]


def judge_claims(claims: Sequence[tuple[int, Claim]], timeout: float = 30.0) -> list[Breach | None]:
    """Judge claims of any world; `timeout` is that of `outcomes_of`."""
    judge_all = partial(_judge_each, known=None)
    return [breach for breach, _ in _judged([claim for _, claim in claims], timeout, judge_all)]


def _judged(
    claims: Iterable[Claim],
    timeout: float,
    judge_all: Callable[[Iterable[Claim], float], tuple[list[Claim], list[Judgement]]],
) -> list[Judgement]:
    """Judge all claims in a short turn, then what is open."""
    stated, every = judge_all(claims, min(timeout, _FIRST_TURN))
    again = [
        index
        for index, (breach, _) in enumerate(every)
        if breach is not None and breach.verdict is Verdict.UNKNOWN
    ]
    _, asked = judge_all([stated[index] for index in again], timeout)
    for index, (breach, seconds) in zip(again, asked, strict=True):
        every[index] = (breach, every[index][1] + seconds)
    return every


def _judge_one(claim: Claim, prover: Prover) -> Judgement:
    started = time.monotonic()
    breach = judge(claim, prover)
    if breach is not None and isinstance(claim, Never):
        breach = replace(breach, others=tuple(other_ways(claim, breach, prover)))
    return breach, time.monotonic() - started


def _judge_here(
    claims: Iterable[Claim], timeout: float, known: MutableMapping[str, str] | None
) -> tuple[list[Claim], list[Judgement]]:
    """Judge claims one after the other, in this process."""
    prover = ProverHere(timeout, known=known)
    stated = list(claims)
    return stated, [_judge_one(claim, prover) for claim in stated]


def _judge_each(
    claims: Iterable[Claim], timeout: float, known: MutableMapping[str, str] | None
) -> tuple[list[Claim], list[Judgement]]:
    """Judge claims: what needs the prover in its processes, and meanwhile the others in this.

    The prover begins while claims are still being stated.
    """
    with Prover(timeout, WORKERS, known) as prover, ThreadPoolExecutor(WORKERS) as pool:
        stated: list[Claim] = []
        asked: dict[int, Future[Judgement]] = {}
        try:
            for index, claim in enumerate(claims):
                stated.append(claim)
                if isinstance(claim, Never):
                    asked[index] = pool.submit(_judge_one, claim, prover)
            others = {
                index: _judge_one(claim, prover)
                for index, claim in enumerate(stated)
                if index not in asked
            }
            return stated, [
                asked[index].result() if index in asked else others[index]
                for index in range(len(stated))
            ]
        finally:
            # Only after an error anything is left.
            pool.shutdown(cancel_futures=True)


def _outcome(world: World, promise: Promise, judged: Sequence[Judgement]) -> Outcome:
    found = (
        each for breach, _ in judged if breach is not None for each in (breach, *breach.others)
    )
    breaches = tuple(sorted(found, key=lambda breach: breach.verdict is not Verdict.BROKEN))
    verdicts = {breach.verdict for breach in breaches}
    if not judged:
        verdict = Verdict.NOT_APPLICABLE
    elif verdicts:
        verdict = Verdict.BROKEN if Verdict.BROKEN in verdicts else Verdict.UNKNOWN
    else:
        verdict = Verdict.PROVED
    assumed = tuple(
        dict.fromkeys(
            row
            for each in world.cases
            for row in (each.assumed_for if judged else each.unseen_by)(promise.number)
        )
    )
    if assumed and not breaches:
        verdict = Verdict.ASSUMED
    seconds = sum(each for _, each in judged)
    listed = promise.exceptions if judged else None
    if listed and not breaches:
        listed = promise.exceptions_if_kept or listed
    exceptions = dict.fromkeys(
        one for each in world.cases for one in (listed(each) if listed else ())
    )
    return Outcome(promise, verdict, len(judged), seconds, breaches, tuple(exceptions), assumed)
