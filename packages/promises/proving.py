"""Verdicts on promises in a world."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from iam_prover.answers import Impossible, Possible
from iam_prover.encoding.prover import Prover
from iam_prover.evaluator import decide
from promises.claims import Allowed, Fact, Never, Undecided
from promises.world.open_policies import range_of_question, range_of_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iam_prover.answers import Answer
    from iam_prover.request import Request
    from promises.claims import Claim, Promise
    from promises.world import World
    from promises.world.open_policies import Range

WORKERS = 2
_FIRST_TURN = 1.0


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

    `request` breaks it, or is the good one that is refused.
    """

    verdict: Verdict
    subject: str
    what: str
    request: Request | None = None
    statements: tuple[str, ...] = ()

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


def outcomes_of(world: World, promises: Sequence[Promise], timeout: float = 30.0) -> list[Outcome]:
    """Judge promises; `timeout` is in seconds of an idle machine for one question.

    What is not answered by then is unknown, which is a failure.
    """
    stated = [(promise, list(promise.claims(world))) for promise in promises]
    everything = [(promise.number, claim) for promise, claims in stated for claim in claims]
    judged = iter(_judged(everything, timeout))
    return [_outcome(world, promise, [next(judged) for _ in claims]) for promise, claims in stated]


def judge_claims(claims: Sequence[tuple[int, Claim]], timeout: float = 30.0) -> list[Breach | None]:
    """Judge claims of any world; `timeout` is that of `outcomes_of`."""
    return [breach for breach, _ in _judged(claims, timeout)]


def _judged(
    claims: Sequence[tuple[int, Claim]], timeout: float
) -> list[tuple[Breach | None, float]]:
    """Judge all claims in a short turn, then what is open, save of promises known as broken."""
    every = _in_shares([claim for _, claim in claims], min(timeout, _FIRST_TURN))
    verdicts = [breach and breach.verdict for breach, _ in every]
    numbers = [number for number, _ in claims]
    broken = {n for n, each in zip(numbers, verdicts, strict=True) if each is Verdict.BROKEN}
    again = [
        index
        for index, each in enumerate(verdicts)
        if each is Verdict.UNKNOWN and numbers[index] not in broken
    ]
    asked = _in_shares([claims[index][1] for index in again], timeout)
    for index, (breach, seconds) in zip(again, asked, strict=True):
        every[index] = (breach, every[index][1] + seconds)
    return every


def _in_shares(claims: Sequence[Claim], timeout: float) -> list[tuple[Breach | None, float]]:
    """Judge claims, each process a fixed share in order: z3's work depends on what came before."""

    def judge_share(first: int) -> list[tuple[Breach | None, float]]:
        judged = []
        with Prover(timeout) as prover:
            for claim in claims[first::WORKERS]:
                started = time.monotonic()
                judged.append((judge(claim, prover), time.monotonic() - started))
        return judged

    with ThreadPoolExecutor(WORKERS) as pool:
        shares = list(pool.map(judge_share, range(WORKERS)))
    return [shares[index % WORKERS][index // WORKERS] for index in range(len(claims))]


def _outcome(
    world: World, promise: Promise, judged: Sequence[tuple[Breach | None, float]]
) -> Outcome:
    found = (breach for breach, _ in judged if breach is not None)
    breaches = tuple(sorted(found, key=lambda breach: breach.verdict is not Verdict.BROKEN))
    verdicts = {breach.verdict for breach in breaches}
    if not judged:
        verdict = Verdict.NOT_APPLICABLE
    elif verdicts:
        verdict = Verdict.BROKEN if Verdict.BROKEN in verdicts else Verdict.UNKNOWN
    else:
        verdict = Verdict.PROVED
    number = str(promise.number)
    rows = [row for each in world.cases for row in each.assumed if row.promise == number]
    assumed = tuple(dict.fromkeys(row.assumption for row in rows))
    if assumed and not breaches:
        verdict = Verdict.ASSUMED
    seconds = sum(each for _, each in judged)
    listed = promise.exceptions if judged else None
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


def _breach(claim: Never, answer: Answer) -> Breach | None:
    if isinstance(answer, Impossible):
        return None
    what = f"it is possible to {claim.what}"
    if isinstance(answer, Possible):
        statements = tuple(each.where for each in answer.decision.statements)
        if answer.confirmed:
            return Breach(Verdict.BROKEN, claim.subject, what, answer.request, statements)
        left_open = ", ".join(answer.free) or "nothing"
        reason = f"not decided whether {what}: the model leaves {left_open} open"
        return Breach(Verdict.UNKNOWN, claim.subject, reason, answer.request, statements)
    return Breach(Verdict.UNKNOWN, claim.subject, f"not decided whether {what}: {answer.reason}")


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
        if decide(request, narrowest).allowed and not of_request:
            return None
        decision = decide(request, widest)
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
