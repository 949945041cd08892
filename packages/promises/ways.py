"""Distinct ways through policies: what is left of a question without one that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iam_prover.evaluator import Arbitrary
from iam_prover.policy import Effect
from iam_prover.principals import IDENTITIES

if TYPE_CHECKING:
    from collections.abc import Collection

    from iam_prover.policy import Policy
    from iam_prover.question import Question
    from iam_prover.request import Request


def besides(question: Question, request: Request, statements: Collection[str]) -> Question | None:
    """Return a question without a way: without its statements, or else its kind of caller.

    None where nothing is left to ask about.
    """

    def kept(group: tuple[Policy, ...] | Arbitrary) -> tuple[Policy, ...] | Arbitrary:
        if isinstance(group, Arbitrary):
            return group
        return tuple(
            replace(
                policy,
                statements=tuple(
                    each
                    for each in policy.statements
                    if each.effect is Effect.DENY or each.where not in statements
                ),
            )
            for policy in group
        )

    held = question.policies
    # What a boundary or an endpoint lets through is no way of its own.
    left = replace(held, identity=kept(held.identity), resource=kept(held.resource))
    if left != held:
        return replace(question, policies=left)
    kind = request.caller.kind
    known = IDENTITIES if kind in IDENTITIES else (kind,)
    callers = tuple(each for each in question.requests.callers if each.kind not in known)
    return (
        replace(question, requests=replace(question.requests, callers=callers)) if callers else None
    )
