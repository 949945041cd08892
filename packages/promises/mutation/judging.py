"""Fates of faults: caught, harmless, or survived."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from iam_prover.errors import PolicyError
from mlops_common.errors import MlopsError
from promises.catalog import PROMISES
from promises.claims import Never
from promises.proving import judge
from promises.reach import request_of, widened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.encoding.prover import Prover
    from promises.claims import Claim
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
        for number, claim in _claims(self._before):
            self._known.setdefault((number, claim.subject, claim.what), []).append(claim)

    def judge(self, fault: Fault) -> Verdict:
        """Seed one fault and see what the proofs say."""
        try:
            after = self._copy.world(fault.file, fault.resources)
            fresh = [
                (number, claim)
                for number, claim in _claims(after)
                if claim not in self._known.get((number, claim.subject, claim.what), [])
            ]
        except (MlopsError, PolicyError) as error:
            return Verdict(Fate.CAUGHT, f"refused: {error}")
        # The cheap ones first: they need no solver. An undecided one fails the proofs, too.
        for number, claim in sorted(fresh, key=lambda each: isinstance(each[1], Never)):
            breach = judge(claim, self._prover)
            if breach is not None:
                return Verdict(Fate.CAUGHT, f"{claim.subject}: {breach.what}", number)
        return self._survived(fault, after)

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


def _claims(world: World) -> Iterator[tuple[int, Claim]]:
    for promise in PROMISES:
        for claim in promise.claims(world):
            yield promise.number, claim
