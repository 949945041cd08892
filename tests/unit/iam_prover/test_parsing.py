"""A mistake in a policy is one line that says what, and where."""

from __future__ import annotations

from typing import Any

import pytest

from iam_prover.errors import PolicyError
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind

STATEMENT: dict[str, Any] = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def with_condition(operator: str, key: str, value: object) -> dict[str, Any]:
    return {**STATEMENT, "Condition": {operator: {key: value}}}


MISTAKES: list[tuple[object, PolicyKind, str]] = [
    ([], PolicyKind.IDENTITY, "must be an object, not list"),
    ({}, PolicyKind.IDENTITY, "needs a Statement"),
    ({"Statement": [], "Sttement": []}, PolicyKind.IDENTITY, "unknown element 'Sttement'"),
    ({"Version": "2013-01-01", "Statement": []}, PolicyKind.IDENTITY, "unknown policy version"),
    ({"Statement": ["x"]}, PolicyKind.IDENTITY, "must be an object, not str"),
]
BAD_STATEMENTS: list[tuple[dict[str, Any], str]] = [
    ({**STATEMENT, "Resources": "*"}, "unknown element 'Resources'"),
    ({**STATEMENT, "Effect": "allow"}, "Effect must be 'Allow' or 'Deny', not 'allow'"),
    ({**STATEMENT, "Effect": ["Deny"]}, r"Effect must be 'Allow' or 'Deny', not \['Deny'\]"),
    ({**STATEMENT, "Principal": "*"}, "names no Principal"),
    ({"Effect": "Allow", "Resource": "*"}, "needs Action or NotAction"),
    ({"Effect": "Allow", "Action": "s3:*"}, "needs Resource or NotResource"),
    ({**STATEMENT, "NotAction": "s3:*"}, "has both Action and NotAction"),
    ({**STATEMENT, "Action": "GetObject"}, "action 'GetObject' must be"),
    ({**STATEMENT, "Action": []}, "the list is empty"),
    ({**STATEMENT, "Action": {"Ref": "X"}}, "must be text, not dict"),
    ({**STATEMENT, "Resource": "arn:aws:s3:::${Bucket}"}, "is not a policy variable"),
    ({**STATEMENT, "Resource": "arn:aws:s3:::${aws:username"}, "is not closed"),
    (with_condition("StringEqual", "a:b", "c"), "unknown condition operator 'StringEqual'"),
    (with_condition("ForSomeValues:StringEquals", "a:b", "c"), "unknown condition operator"),
    (with_condition("NullIfExists", "a:b", "true"), "takes neither a set operator"),
    (with_condition("StringEquals", "ab", "c"), "'ab' is not a condition key"),
    (with_condition("StringEquals", "a:b", []), "the list is empty"),
    (with_condition("Bool", "a:b", "yes"), "neither 'true' nor 'false'"),
    (with_condition("Null", "a:b", "no"), "neither 'true' nor 'false'"),
    (with_condition("NumericLessThan", "a:b", "many"), "is not a value for Numeric operators"),
    (with_condition("DateLessThan", "a:b", "soon"), "is not a value for Date operators"),
    (with_condition("IpAddress", "a:b", "10.0.0.0/99"), "is not a value for IpAddress operators"),
    (with_condition("ArnLike", "a:b", "arn:aws:s3"), "has not the six parts of an ARN"),
    (with_condition("ArnLike", "a:b", "arn:aws:s3::${aws:x}:b"), "before the fifth colon"),
    ({**STATEMENT, "Condition": {"StringEquals": "x"}}, "must be an object, not str"),
]
BAD_PRINCIPALS: list[tuple[dict[str, Any], str]] = [
    ({"Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}}, "a wildcard can only stand alone"),
    ({"Principal": {"Aws": "*"}}, "unknown kind of principal 'Aws'|a wildcard can only"),
    ({"Principal": "111122223333"}, "must be an object, not str"),
    ({"NotPrincipal": "*"}, "NotPrincipal with Allow is not supported"),
    ({"Principal": "*", "NotPrincipal": "*"}, "has both Principal and NotPrincipal"),
]


@pytest.mark.parametrize(("document", "kind", "message"), MISTAKES)
def test_a_mistake_in_a_document(document: object, kind: PolicyKind, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as error:
        parse_policy(document, kind, "role Job, policy Main")
    assert str(error.value).startswith("role Job, policy Main")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("statement", "message"), BAD_STATEMENTS)
def test_a_mistake_in_a_statement(statement: dict[str, Any], message: str) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Sid": "Mine", **statement}]}
    with pytest.raises(PolicyError, match=message) as error:
        parse_policy(document, PolicyKind.IDENTITY, "role Job, policy Main")
    assert str(error.value).startswith("role Job, policy Main, statement 0 (Mine)")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("elements", "message"), BAD_PRINCIPALS)
def test_a_mistake_in_a_principal(elements: dict[str, Any], message: str) -> None:
    document = {"Version": "2012-10-17", "Statement": {**STATEMENT, **elements}}
    with pytest.raises(PolicyError, match=message):
        parse_policy(document, PolicyKind.RESOURCE, "bucket Data")


def test_numbers_and_booleans_of_json_are_texts() -> None:
    document = {"Statement": with_condition("Bool", "aws:SecureTransport", False)}
    (statement,) = parse_policy(document, PolicyKind.IDENTITY, "p").statements
    assert statement.conditions[0].values[0].text == "false"
