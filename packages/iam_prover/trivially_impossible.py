"""Questions without a solver: no statement allows any such request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.actions import members
from iam_prover.evaluator import Arbitrary
from iam_prover.policy import Effect
from iam_prover.principals import CallerKind, NameKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.policy import Policy, Statement
    from iam_prover.question import CallerPattern, Question

_NEVER_A_ROLE = {NameKind.SERVICE, NameKind.FEDERATED, NameKind.ORIGIN_ACCESS}
_ROLE = "arn:aws:iam::"


def is_trivially_impossible(question: Question) -> bool:
    """Check whether actions and principals alone show that nothing is allowed."""
    requests = question.requests
    return nothing_allows(question.policies, tuple(requests.actions), requests.callers)


def nothing_allows(
    policies: PoliciesInForce, actions: tuple[str, ...], callers: tuple[CallerPattern, ...]
) -> bool:
    """Check the same of some actions and callers of a question."""
    if any(each.kind is CallerKind.ROOT for each in callers):
        return False  # it needs no statement
    by_resource = _allows(policies.resource, actions, callers)
    if policies.resource_policy_decides:
        return not by_resource
    return not by_resource and not _allows(policies.identity, actions, ())


def _allows(
    policies: Iterable[Policy] | Arbitrary,
    actions: tuple[str, ...],
    callers: tuple[CallerPattern, ...],
) -> bool:
    if isinstance(policies, Arbitrary):
        return True
    return any(
        statement.effect is Effect.ALLOW
        and members(statement.actions, actions)
        and (not callers or any(_may_mean(statement, each) for each in callers))
        for policy in policies
        for statement in policy.statements
    )


def _may_mean(statement: Statement, caller: CallerPattern) -> bool:
    if statement.principals is None:
        return False
    arn = caller.exactly.arn if caller.exactly else caller.arn
    if statement.principals.inverted or caller.kind is not CallerKind.ROLE or arn is None:
        return True
    return any(
        name.kind not in _NEVER_A_ROLE
        and not (
            name.kind is NameKind.ARN
            and name.value.startswith(_ROLE)
            and ":role/" in name.value
            and name.value != arn
        )
        for name in statement.principals.names
    )
