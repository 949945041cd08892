"""Answers to a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from iam_prover.evaluator import Decision
    from iam_prover.request import Request


@dataclass(frozen=True)
class Impossible:
    """No request of the pattern is let through: proved, with so many queries to z3."""

    queries: int = 0


@dataclass(frozen=True)
class Possible:
    """A request of the pattern, found by z3, and the plain evaluator's decision on it.

    Only where `confirmed` is true is it a counterexample: the plain evaluator allows it, too. If
    not, `free` names what the encoding left open: neither a proof nor a counterexample.
    """

    request: Request
    decision: Decision
    confirmed: bool
    free: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unknown:
    """No answer, for this reason: a failure, never a pass."""

    reason: str


Answer: TypeAlias = Impossible | Possible | Unknown
