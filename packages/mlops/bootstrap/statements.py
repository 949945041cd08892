"""Statements of a deployer's policies: merged, and packed to IAM's size limit."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from mlops.bootstrap.scopes import Scope
from mlops_contract.limits import MANAGED_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from iam_prover.request import Request

# As full as a document gets: names in a statement may become longer.
FULL = MANAGED_POLICY * 85 // 100


def used(scope: Scope, action: str, requests: Iterable[Request]) -> Iterator[Scope]:
    """Yield what a scope is needed for: its resources that a request is about."""
    asked = list(requests)
    found = [
        arn for arn in scope.resources if _serves(Scope((arn,), scope.conditions), action, asked)
    ]
    if found:
        yield Scope(tuple(found), scope.conditions)


def _serves(scope: Scope, action: str, requests: Iterable[Request]) -> bool:
    document = {"Version": "2012-10-17", "Statement": [allow(scope, [action])]}
    force = PoliciesInForce((parse_policy(document, PolicyKind.IDENTITY, action),))
    return any(decide(each, force).allowed for each in requests)


def merged(pairs: Iterable[tuple[Scope, str]]) -> list[tuple[Scope, list[str]]]:
    """Group actions by scope, then scopes by actions and conditions."""
    by_scope: dict[Scope, list[str]] = {}
    for scope, action in pairs:
        if action not in by_scope.setdefault(scope, []):
            by_scope[scope].append(action)

    def alike(item: tuple[Scope, list[str]]) -> tuple[object, ...]:
        return (item[0].conditions, item[1])

    merged = []
    for _, group in groupby(sorted(by_scope.items(), key=alike), key=alike):
        same = list(group)
        resources = sorted({arn for scope, _ in same for arn in scope.resources})
        merged.append((Scope(tuple(resources), same[0][0].conditions), same[0][1]))
    return sorted(merged, key=lambda item: (item[1][0], item[0]))


def allow(scope: Scope, actions: Sequence[str]) -> dict[str, Any]:
    """Return the statement that allows actions in a scope."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": list(scope.resources),
    }
    conditions: dict[str, dict[str, list[str]]] = {}
    for operator, key, values in scope.conditions:
        conditions.setdefault(operator, {})[key] = list(values)
    if conditions:
        statement["Condition"] = conditions
    return statement


def packed(statements: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Pack statements into documents; split a statement that is too long by its actions."""
    document: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    for statement in statements:
        for part in _cut(statement):
            grown = {**document, "Statement": [*document["Statement"], part]}
            if size(grown) > FULL and document["Statement"]:
                yield document
                grown = {**document, "Statement": [part]}
            document = grown
    yield document


def _cut(statement: dict[str, Any]) -> list[dict[str, Any]]:
    actions = statement["Action"]
    if size({"Version": "2012-10-17", "Statement": [statement]}) <= FULL or len(actions) == 1:
        return [statement]
    half = len(actions) // 2
    parts = ({**statement, "Action": each} for each in (actions[:half], actions[half:]))
    return [piece for part in parts for piece in _cut(part)]


def size(document: dict[str, Any]) -> int:
    """Count a policy's characters as IAM does, without white space."""
    return len(json.dumps(document, separators=(",", ":")))
