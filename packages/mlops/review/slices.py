"""Policies reduced to what can decide about one action.

Without statements on other actions or resources, most actions are seen to be decided as before,
and the solver has less to read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from iam_prover.actions import concerns
from iam_prover.evaluator import Arbitrary, PoliciesInForce
from iam_prover.pattern_intersection import text_matching_all
from iam_prover.policy import Selection
from iam_prover.templates import parse_template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iam_prover.policy import Policy, Statement
    from iam_prover.templates import Template


@dataclass(frozen=True)
class Slice:
    """The requests that statements are kept for; an empty field stands for any."""

    action: str = ""
    shapes: tuple[str, ...] = ()  # of the action's resources
    about: tuple[Template, ...] = ()  # the resources of the requests

    def concerns(self, statement: Statement) -> bool:
        """Return whether a statement is about the action."""
        return not self.action or concerns(statement.actions, self.action)

    def holds(self, pattern: Template) -> bool:
        """Return whether a resource that a pattern means can be in such a request."""
        fits_action = not self.shapes or any(overlap(pattern, each) for each in self.shapes)
        fits_requests = not self.about or any(
            text_matching_all(pattern, each) is not None for each in self.about
        )
        return fits_action and fits_requests


def slice_of(policies: PoliciesInForce, chosen: Slice) -> PoliciesInForce:
    """Reduce policies to some requests."""
    return PoliciesInForce(
        _several(policies.identity, chosen),
        None if policies.boundary is None else _policy(policies.boundary, chosen),
        _several(policies.resource, chosen),
        None if policies.endpoint is None else _policy(policies.endpoint, chosen),
        policies.resource_policy_decides,
    )


def content(statements: Iterable[tuple[str, Statement]], chosen: Slice) -> frozenset[object]:
    """Return what statements say of some requests, to compare."""
    return frozenset(
        (kind, replace(cut, where="", actions=Selection(())))
        for kind, each in statements
        if chosen.concerns(each)
        for cut in [_statement(each, chosen)]
        if cut is not None
    )


def _several(
    policies: tuple[Policy, ...] | Arbitrary, chosen: Slice
) -> tuple[Policy, ...] | Arbitrary:
    if isinstance(policies, Arbitrary):
        return policies
    return tuple(_policy(each, chosen) for each in policies)


def _policy(policy: Policy, chosen: Slice) -> Policy:
    kept = (_statement(each, chosen) for each in policy.statements if chosen.concerns(each))
    return replace(policy, statements=tuple(each for each in kept if each is not None))


def _statement(statement: Statement, chosen: Slice) -> Statement | None:
    """Keep the resources of a statement that can be meant; None when there is none."""
    resources = statement.resources
    if resources is None or resources.inverted:
        return statement
    kept = tuple(each for each in resources.patterns if chosen.holds(each))
    return replace(statement, resources=Selection(kept)) if kept else None


@cache
def overlap(template: Template, shape: str) -> bool:
    """Return whether a text matches pattern and shape; `*` alone: of actions without resources."""
    other = parse_template(shape, wildcards=shape != "*", variables=False)
    return text_matching_all(template, other) is not None
