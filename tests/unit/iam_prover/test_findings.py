"""Forms that IAM takes but that do not do what they seem to are reported."""

from __future__ import annotations

from typing import Any

import pytest

from iam_prover.findings import findings
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
DENY: dict[str, Any] = {**ALLOW, "Effect": "Deny"}


def deny_if(operator: str, key: str, value: str) -> dict[str, Any]:
    return {**DENY, "Condition": {operator: {key: value}}}


FORMS = [
    (PolicyKind.IDENTITY, deny_if("StringNotEquals", "sagemaker:VpcSubnets", "s"),
     "plain-operator-on-many-values"),
    (PolicyKind.IDENTITY, deny_if("ForAnyValue:StringEqualsIfExists", "aws:TagKeys", "s"),
     "any-value-if-exists"),
    (PolicyKind.IDENTITY, deny_if("StringNotEquals", "aws:SourceVpce", "vpce-*"),
     "literal-wildcard"),
    (PolicyKind.IDENTITY, {**ALLOW, "Condition": {"ForAllValues:StringEquals": {
        "sagemaker:VpcSubnets": "s"}}}, "vacuous-for-all-values"),
    (PolicyKind.IDENTITY, {**ALLOW, "Resource": "arn:aws:s3::${aws:PrincipalAccount}:b"},
     "early-variable"),
    (PolicyKind.RESOURCE, DENY, "no-principal"),
    (PolicyKind.RESOURCE, {**DENY, "NotPrincipal": {"AWS": "111122223333"}}, "not-principal"),
    (PolicyKind.ENDPOINT, {**ALLOW, "Principal": {"AWS": "111122223333"}},
     "account-in-endpoint-policy"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "statement", "code"), FORMS, ids=[form[2] for form in FORMS])
def test_each_form_is_found(kind: PolicyKind, statement: dict[str, Any], code: str) -> None:
    document = {"Version": "2012-10-17", "Statement": statement}
    (found,) = findings(parse_policy(document, kind, "p"))
    assert found.code == code
    assert found.where == "p, statement 0"


def test_what_does_what_it_says_is_not_reported() -> None:
    statements = [
        {**ALLOW, "Condition": {
            "ForAllValues:StringEquals": {"sagemaker:VpcSubnets": "s"},
            "Null": {"sagemaker:VpcSubnets": "false"}}},
        deny_if("ForAnyValue:StringNotEquals", "sagemaker:VpcSubnets", "s"),
        deny_if("Null", "sagemaker:VpcSubnets", "true"),
        deny_if("StringNotEqualsIfExists", "aws:SourceVpce", "vpce-1"),
        {**ALLOW, "Resource": "arn:aws:s3:::b/${aws:username}/*"},
    ]  # fmt: skip
    document = {"Version": "2012-10-17", "Statement": statements}
    assert findings(parse_policy(document, PolicyKind.IDENTITY, "p")) == ()
