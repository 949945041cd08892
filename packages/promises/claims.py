"""What a promise consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


Claim: TypeAlias = Never | Allowed | Fact


@dataclass(frozen=True)
class Promise:
    """A security statement, and how to find out whether it holds.

    Parameters
    ----------
    claims : callable
        Gives what has to hold in a world; nothing when the world has no subject for it.
    exceptions : callable, optional
        Lists what the templates open on purpose, for the reader of the result.
    """

    number: int
    statement: str
    source: str
    assumptions: tuple[str, ...]
    claims: Callable[[World], Iterator[Claim]]
    absent: str
    exceptions: Callable[[World], Iterator[str]] | None = None
