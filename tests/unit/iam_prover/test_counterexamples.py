"""Counterexamples have what AWS always sets, and values that look like values."""

from __future__ import annotations

from typing import Any

import pytest

from iam_prover.answers import Impossible, Possible
from iam_prover.encoding.solve import ask
from iam_prover.evaluator import ARBITRARY, PoliciesInForce
from iam_prover.formulas import Not, key, resource_like
from iam_prover.policy import PolicyKind
from iam_prover.principals import CallerKind, service
from iam_prover.question import CallerPattern, Question, RequestPattern, anyone, exactly

from .forms import ROLE, policy, request_let_through

SERVICES = CallerPattern(CallerKind.SERVICE)
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}


def _found(caller: CallerPattern, condition: dict[str, Any]) -> dict[str, Any]:
    held = policy(PolicyKind.RESOURCE, {**ALLOW, "Condition": condition})
    pattern = RequestPattern((caller,), ("s3:GetObject",))
    request = request_let_through(PoliciesInForce(resource=(held,)), pattern)
    assert request is not None
    context: dict[str, Any] = request.as_json()["context"]
    return context


def test_keys_that_aws_always_sets_are_there() -> None:
    context = _found(exactly(ROLE), {})
    assert context["aws:PrincipalArn"] == [ROLE.arn]
    assert context["aws:PrincipalAccount"] == [ROLE.account]
    assert context["aws:SecureTransport"] == ["true"]
    assert context["aws:ViaAWSService"] == ["false"]
    assert "aws:CurrentTime" in context
    context = _found(exactly(service("sns.amazonaws.com")), {})
    assert context["aws:PrincipalIsAWSService"] == ["true"]
    assert context["aws:PrincipalServiceName"] == ["sns.amazonaws.com"]


@pytest.mark.parametrize("name", ["aws:SecureTransport", "aws:ViaAWSService", "aws:CurrentTime"])
def test_no_request_lacks_such_a_key(name: str) -> None:
    held = policy(PolicyKind.RESOURCE, {**ALLOW, "Condition": {"Null": {name: "true"}}})
    pattern = RequestPattern((exactly(ROLE),), ("s3:GetObject",))
    assert isinstance(ask(Question(PoliciesInForce(resource=(held,)), pattern)), Impossible)


@pytest.mark.parametrize(
    ("name", "pattern", "value"),
    [
        ("aws:SourceAccount", "*", "999999999999"),
        ("aws:SourceVpce", "vpce-*", "vpce-0123456789abcdef0"),
        ("aws:SourceArn", "arn:aws:glue:*:*:*", "arn:aws:glue:us-east-1:999999999999:example"),
        ("token.actions.githubusercontent.com:sub", "repo:*", "repo:example"),
    ],
)
def test_a_value_looks_like_one(name: str, pattern: str, value: str) -> None:
    assert _found(SERVICES, {"StringLike": {name: pattern}})[name] == [value]


def test_every_statement_that_lets_a_request_through_is_named() -> None:
    identity = policy(PolicyKind.IDENTITY, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    named = {**ALLOW, "Principal": {"AWS": ROLE.arn}}
    resource = policy(PolicyKind.RESOURCE, ALLOW, named)
    pattern = RequestPattern((exactly(ROLE),), ("s3:GetObject",))
    answer = ask(Question(PoliciesInForce((identity,), None, (resource,)), pattern))
    assert isinstance(answer, Possible)
    assert [each.where for each in answer.decision.statements] == [
        "identity policy, statement 0",
        "resource policy, statement 0",
        "resource policy, statement 1",
    ]


@pytest.mark.parametrize("operator", ["ArnNotLike", "StringNotLike"])
@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("arn:aws:iam::111111111111:role/team-*", "team-example"),
        ("arn:aws:iam::111111111111:role/team/*/admin-*", "admin-example"),
        ("arn:aws:iam::*:role/*-*-job", "--job"),
        ("arn:aws:iam::*:*/*a*b*", "abexample"),
    ],
)
def test_a_role_that_the_pattern_of_an_exception_matches_is_found(
    operator: str, pattern: str, name: str
) -> None:
    """By itself z3 finds it late or never: the question has other names to avoid."""
    account, bucket = "111111111111", ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]
    named = [f"arn:aws:iam::{account}:role/team-{each}" for each in ("break-glass", "job", "build")]
    outside = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": bucket}
    few = {**outside, "ArnEquals": {"aws:PrincipalArn": named}}
    held = policy(
        PolicyKind.RESOURCE,
        {**deny, "Condition": {**outside, operator: {"aws:PrincipalArn": pattern}}},
        {**deny, "Action": ["s3:PutObject"], "Condition": few},
        {
            **{key: each for key, each in deny.items() if key != "Resource"},
            "NotResource": ["arn:aws:s3:::data/runs/*"],
            "Condition": few,
        },
    )
    where = (
        resource_like(*bucket),
        Not(key("StringEquals", "aws:SourceVpce", "vpce-1")),
        Not(key("StringEquals", "aws:PrincipalArn", *named)),
    )
    actions, context = ("s3:GetObject", "s3:PutObject"), {"aws:ResourceAccount": (account,)}
    requests = RequestPattern(tuple(anyone(account=account)), actions, None, where, context)
    found = ask(Question(PoliciesInForce(ARBITRARY, None, (held,)), requests), 1.0)
    assert isinstance(found, Possible), found
    assert found.confirmed
    assert found.request.caller.name == name
