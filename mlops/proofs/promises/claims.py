"""What a promise consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlops.proofs.evaluator import PoliciesInForce
    from mlops.proofs.question import Question
    from mlops.proofs.request import Request
    from mlops.proofs.world import World


@dataclass(frozen=True)
class Never:
    """No request of the question's pattern is let through.

    Parameters
    ----------
    subject : str
        The resource it is about.
    what : str
        The bad request, in words.
    question : Question
        The same for the prover.
    """

    subject: str
    what: str
    question: Question


@dataclass(frozen=True)
class Allowed:
    """One of these good requests is let through, so that denying everything proves nothing.

    Parameters
    ----------
    subject : str
        The resource it is about.
    what : str
        The good request, in words.
    candidates : tuple of (Request, PoliciesInForce)
        One of them has to pass. They are concrete: the plain evaluator decides.
    """

    subject: str
    what: str
    candidates: tuple[tuple[Request, PoliciesInForce], ...]


@dataclass(frozen=True)
class Fact:
    """Something that stands in a template, or does not, with no request in it.

    Parameters
    ----------
    subject : str
        The resource it is about.
    what : str
        What is the case, in words.
    holds : bool
        Whether it is as promised.
    """

    subject: str
    what: str
    holds: bool


Claim: TypeAlias = Never | Allowed | Fact


@dataclass(frozen=True)
class Promise:
    """A security statement, and how to find out whether it holds.

    Parameters
    ----------
    number : int
        As in the documentation.
    statement : str
        In plain words.
    source : str
        What it rests on.
    assumptions : tuple of str
        What is taken for granted.
    claims : callable
        Gives what has to hold in a world; nothing when the world has no subject for it.
    absent : str
        What the world then lacks.
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
