"""Verdicts on promises in a world."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from iam_prover.answers import Impossible, Possible
from iam_prover.encoding.prover import Prover, ProverHere
from iam_prover.evaluator import decide
from mlops_common.forking import share_out
from promises.claims import Allowed, Fact, Never, Undecided
from promises.hints import hint
from promises.ways import besides
from promises.world.open_policies import range_of_question, range_of_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
    from concurrent.futures import Future

    from iam_prover.answers import Answer
    from iam_prover.request import Request
    from promises.claims import Claim, Promise
    from promises.world import World
    from promises.world.open_policies import Range

WORKERS = 2
_FIRST_TURN = 1.0
_MOST_WAYS = 10
# Promises with the most work, which are begun first.
_LONG: Final = (1, 3, 4, 5, 11, 18, 21)


class Verdict(Enum):
    """The verdict on a promise in one environment."""

    PROVED = "proved"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Breach:
    """One claim that is broken or unknown.

    `request` breaks it, or is the good one that is refused; `others` break it in other ways.
    """

    verdict: Verdict
    subject: str
    what: str
    request: Request | None = None
    statements: tuple[str, ...] = ()
    others: tuple[Breach, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {
            "verdict": self.verdict.value,
            "subject": self.subject,
            "what": self.what,
            "request": None if self.request is None else self.request.as_json(),
            "statements": list(self.statements),
        }


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
        breach = replace(breach, others=tuple(_other_ways(claim, breach, prover)))
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


def judge(claim: Claim, prover: Prover) -> Breach | None:
    """Judge one claim; None when it holds."""
    match claim:
        case Never():
            return _judge_never(claim, prover)
        case Allowed():
            return _judge_allowed(claim)
        case Undecided():
            return Breach(Verdict.UNKNOWN, claim.subject, claim.what)
        case Fact(holds=False):
            return Breach(Verdict.BROKEN, claim.subject, f"not satisfied: {claim.what}")
    return None


def _judge_never(claim: Never, prover: Prover) -> Breach | None:
    found = range_of_question(claim.question)
    if found is None:
        return _breach(claim, prover.ask(claim.question))
    widest, narrowest, values = found
    what = f"whether it is possible to {claim.what}"
    if not values.of_request:
        if isinstance(prover.ask(widest), Impossible):
            return None
        breach = _breach(claim, prover.ask(narrowest))
        if breach is not None and breach.verdict is Verdict.BROKEN:
            return breach
    return _hanging(claim.subject, what, values)


def _other_ways(claim: Never, breach: Breach | None, prover: Prover) -> Iterator[Breach]:
    """Yield breaches that share no statement with those before, nor the caller where none is."""
    for _ in range(_MOST_WAYS - 1):
        if breach is None or breach.verdict is not Verdict.BROKEN or breach.request is None:
            return
        left = besides(claim.question, breach.request, breach.statements)
        if left is None:
            return
        claim = replace(claim, question=left)
        breach = _judge_never(claim, prover)
        if breach is not None and breach.verdict is Verdict.BROKEN:
            yield breach


def _breach(claim: Never, answer: Answer) -> Breach | None:
    if isinstance(answer, Impossible):
        return None
    what, advice = f"it is possible to {claim.what}", hint(claim.question, answer)
    if isinstance(answer, Possible):
        statements = tuple(each.where for each in answer.decision.statements)
        if answer.confirmed:
            broken = f"{what}{advice}"
            return Breach(Verdict.BROKEN, claim.subject, broken, answer.request, statements)
        left_open = ", ".join(answer.free) or "nothing"
        reason = f"not decided whether {what}: the model leaves {left_open} open"
        return Breach(Verdict.UNKNOWN, claim.subject, reason, answer.request, statements)
    reason = f"not decided whether {what}: {answer.reason}{advice}"
    return Breach(Verdict.UNKNOWN, claim.subject, reason)


def _hanging(subject: str, what: str, values: Range) -> Breach:
    names = ", ".join(values.unknown)
    reason = f"not decided {what}: it depends on {names}, known only after a deployment"
    return Breach(Verdict.UNKNOWN, subject, reason)


def _judge_allowed(claim: Allowed) -> Breach | None:
    refused: tuple[Request, tuple[str, ...], str] | None = None
    hanging: Range | None = None
    for request, policies in claim.candidates:
        values = range_of_request(request, policies)
        narrowest, widest = (
            (policies, policies) if values is None else (values.narrowest, values.widest)
        )
        of_request = values is not None and values.of_request
        first = decide(request, narrowest)
        if first.allowed and not of_request:
            return None
        decision = first if values is None else decide(request, widest)
        if values is not None and (of_request or decision.allowed):
            hanging = hanging or values
        refused = refused or (
            request,
            tuple(each.where for each in decision.statements),
            decision.reason,
        )
    if hanging is not None:
        return _hanging(claim.subject, f"whether it is possible: {claim.what}", hanging)
    what = f"refused, though it has to be possible: {claim.what}"
    if refused is None:
        return Breach(Verdict.BROKEN, claim.subject, f"{what} (no role or service can)")
    request, statements, reason = refused
    return Breach(Verdict.BROKEN, claim.subject, f"{what} ({reason})", request, statements)
