"""What can come back for a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from iam_prover.evaluator import Decision
    from iam_prover.request import Request


@dataclass(frozen=True)
class Impossible:
    """No request of the pattern is let through: proved.

    Parameters
    ----------
    queries : int
        How many queries z3 answered for it.
    """

    queries: int = 0


@dataclass(frozen=True)
class Possible:
    """z3 found a request of the pattern, and the plain evaluator judged it.

    Parameters
    ----------
    decision : Decision
        The plain evaluator's, with the statements that let it through.
    confirmed : bool
        Whether the plain evaluator allows it and it is of the pattern. When not, `free` tells
        why: neither a proof nor a counterexample.
    free : tuple of str
        What the encoding left open, if anything.
    """

    request: Request
    decision: Decision
    confirmed: bool
    free: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unknown:
    """No answer: a failure, never a pass.

    Parameters
    ----------
    reason : str
        Why, in a few words.
    """

    reason: str


Answer: TypeAlias = Impossible | Possible | Unknown
