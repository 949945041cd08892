"""Fates of faults: caught, harmless, or survived."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from iam_prover.errors import PolicyError
from mlops_common.errors import MlopsError
from promises.catalog import PROMISES
from promises.claims import Never
from promises.proving import Verdict as Judgement
from promises.proving import judge
from promises.reach import request_of, widened

if TYPE_CHECKING:
    from iam_prover.encoding.prover import Prover
    from promises.claims import Claim, Promise
    from promises.mutation.fault import Fault
    from promises.mutation.templates import Copy
    from promises.world import World


class Fate(Enum):
    """The fate of a fault."""

    CAUGHT = "caught"
    HARMLESS = "harmless"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Verdict:
    """The fate of a fault with its reason; for a survivor, a request that passes now."""

    fate: Fate
    reason: str
    promise: int | None = None

    def as_json(self, fault: Fault) -> dict[str, Any]:
        """Return it and its fault as a JSON object."""
        return {
            "fault": fault.name,
            "kind": fault.kind,
            "where": fault.where,
            "what": fault.what,
            "fate": self.fate.value,
            "promise": self.promise,
            "reason": self.reason,
        }


class Judge:
    """Judges faults of one assembly; unchanged claims are not asked again."""

    def __init__(self, copy: Copy, prover: Prover) -> None:
        self._copy = copy
        self._prover = prover
        self._before = copy.world()
        self._known: dict[tuple[int, str, str], list[Claim]] = {}
        for promise in PROMISES:
            for claim in promise.claims(self._before):
                key = (promise.number, claim.subject, claim.what)
                self._known.setdefault(key, []).append(claim)

    def judge(self, fault: Fault) -> Verdict:
        """Seed one fault and see what the proofs say."""
        undecided = None
        try:
            after = self._copy.world(fault.file, fault.resources)
            for promise in PROMISES:
                for claim in self._fresh(promise, after):
                    broken = self._breaks(claim)
                    if broken:
                        return Verdict(Fate.CAUGHT, f"{claim.subject}: {broken}", promise.number)
                    if broken is None:
                        reason = f"{claim.subject}: not decided whether {claim.what}"
                        undecided = Verdict(Fate.CAUGHT, reason, promise.number)
        except (MlopsError, PolicyError) as error:
            return Verdict(Fate.CAUGHT, f"refused: {error}")
        return undecided or self._survived(fault, after)

    def _fresh(self, promise: Promise, world: World) -> list[Claim]:
        """List the claims that are not known, the cheap ones first: they need no solver."""
        fresh = (
            claim
            for claim in promise.claims(world)
            if claim not in self._known.get((promise.number, claim.subject, claim.what), [])
        )
        return sorted(fresh, key=lambda claim: isinstance(claim, Never))

    def _breaks(self, claim: Claim) -> str | None:
        """Return how a claim is broken; empty when it holds, None when unknown."""
        breach = judge(claim, self._prover)
        if breach is None:
            return ""
        return breach.what if breach.verdict is Judgement.BROKEN else None

    def _survived(self, fault: Fault, after: World) -> Verdict:
        if not fault.of_policy:
            return Verdict(Fate.SURVIVED, "no promise is about it")
        every = (widened(self._before, each, self._prover) for each in after.cases)
        found = next((each for each in every if each is not None), None)
        if found is None:
            return Verdict(
                Fate.HARMLESS, "proved: nothing passes that the original policies refuse"
            )
        return Verdict(Fate.SURVIVED, f"passes now: {request_of(found)}")
