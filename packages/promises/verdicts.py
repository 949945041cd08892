"""Verdicts on single claims, and what breaks one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from iam_prover.answers import Impossible, Possible
from iam_prover.evaluator import decide
from promises.claims import Allowed, Fact, Never, Undecided
from promises.hints import hint
from promises.ways import besides
from promises.world.open_policies import range_of_question, range_of_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.answers import Answer
    from iam_prover.encoding.prover import Prover
    from iam_prover.request import Request
    from promises.claims import Claim
    from promises.world.open_policies import Range

REFUSED = "refused, though it has to be possible"
_MOST_WAYS = 10


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


def other_ways(claim: Never, breach: Breach | None, prover: Prover) -> Iterator[Breach]:
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
    what = f"{REFUSED}: {claim.what}"
    if refused is None:
        return Breach(Verdict.BROKEN, claim.subject, f"{what} (no role or service can)")
    request, statements, reason = refused
    return Breach(Verdict.BROKEN, claim.subject, f"{what} ({reason})", request, statements)
