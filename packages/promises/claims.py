"""What a promise consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from promises.world.open_properties import open_values_read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.question import Question
    from iam_prover.request import Request
    from promises.world import World


@dataclass(frozen=True)
class Never:
    """No request of the question's pattern is let through."""

    subject: str
    what: str
    question: Question


@dataclass(frozen=True)
class Allowed:
    """One of these good requests is let through, so that denying everything proves nothing.

    Parameters
    ----------
    candidates : tuple of (Request, PoliciesInForce)
        One of them has to pass. They are concrete: the plain evaluator decides.
    """

    subject: str
    what: str
    candidates: tuple[tuple[Request, PoliciesInForce], ...]


@dataclass(frozen=True)
class Fact:
    """Something that stands in a template, or does not, with no request in it."""

    subject: str
    what: str
    holds: bool


@dataclass(frozen=True)
class Undecided:
    """Something that hangs on values which only a deployment decides."""

    subject: str
    what: str


Claim: TypeAlias = Never | Allowed | Fact | Undecided


@dataclass(frozen=True)
class Promise:
    """A security statement, and how to find out whether it holds.

    Parameters
    ----------
    stated : callable
        Gives what has to hold in a world; nothing when the world has no subject for it.
    exceptions : callable, optional
        Lists what the templates open on purpose, for the reader of the result.
    """

    number: int
    statement: str
    source: str
    assumptions: tuple[str, ...]
    stated: Callable[[World], Iterator[Claim]]
    absent: str
    exceptions: Callable[[World], Iterator[str]] | None = None

    def claims(self, world: World) -> Iterator[Claim]:
        """Give what has to hold in a world; what hangs on open values is undecided."""
        with open_values_read() as read:
            known, last = 0, ""
            unknown = (
                *world.open_values,
                *(world.following.open_values if world.following else ()),
            )
            for claim in self.stated(world):
                hangs_on = (*read[known:], *unknown, *_in_policies(world, claim))
                if not hangs_on and isinstance(claim, Fact) and not claim.holds:
                    hangs_on = tuple(read)
                known, last = len(read), claim.subject
                yield _undecided(claim.subject, claim.what, hangs_on) if hangs_on else claim
            if read[known:]:
                yield _undecided(last or world.name, "the promise", read[known:])


def _undecided(subject: str, what: str, hangs_on: Sequence[str]) -> Undecided:
    names = ", ".join(dict.fromkeys(hangs_on))
    return Undecided(
        subject, f"not decided: {what}; it depends on {names}, known only after a deployment"
    )


def _in_policies(world: World, claim: Claim) -> tuple[str, ...]:
    """List the open values in the policy that a fact is about."""
    if not isinstance(claim, Fact):
        return ()
    return tuple(
        name
        for where, names in world.open_policies.items()
        if claim.subject.startswith(where)
        for name in names
    )
