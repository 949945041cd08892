"""Conditions, as AWS documents them: missing keys, set operators, case, wildcards, variables.

Each row is asked of the plain evaluator and of the encoding.
"""

from __future__ import annotations

import pytest

from iam_prover.answers import Possible
from iam_prover.encoding.solve import ask
from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.principals import role, user
from iam_prover.question import Question, only
from iam_prover.request import Request

ACCOUNT = "111122223333"
ROLE = role(f"arn:aws:iam::{ACCOUNT}:role/team/Scientist")
USER = user(f"arn:aws:iam::{ACCOUNT}:user/ann")
NUMBER, DATE, ADDRESS, ARN = "5", "2026-01-01T00:00:00Z", "10.0.0.0/8", "arn:aws:sns:eu-west-1:1:t"


def allows(
    block: dict[str, dict[str, object]],
    context: dict[str, tuple[str, ...]],
    *,
    effect: str = "Allow",
    caller: object = ROLE,
    version: str = "2012-10-17",
    resource: str = "*",
) -> bool:
    """Ask both for an Allow with this condition, or for Allow * beside a Deny with it."""
    statement = {"Action": "*", "Resource": resource}
    statements = [{**statement, "Effect": effect, "Condition": block}]
    if effect == "Deny":
        statements.append({"Action": "*", "Resource": "*", "Effect": "Allow"})
    document = {"Version": version, "Statement": statements}
    policies = PoliciesInForce((parse_policy(document, PolicyKind.IDENTITY, "p"),))
    request = Request(caller, "s3:GetObject", "arn:aws:s3:::b/ann/x", context)
    decision = decide(request, policies)
    assert isinstance(ask(Question(policies, only(request))), Possible) is decision.allowed
    return decision.allowed


POSITIVE = {
    "StringEquals": "v",
    "StringEqualsIgnoreCase": "v",
    "StringLike": "v*",
    "ArnEquals": ARN,
    "ArnLike": ARN,
    "Bool": "true",
    "BinaryEquals": "dg==",
    "NumericEquals": NUMBER,
    "NumericLessThan": NUMBER,
    "NumericLessThanEquals": NUMBER,
    "NumericGreaterThan": NUMBER,
    "NumericGreaterThanEquals": NUMBER,
    "DateEquals": DATE,
    "DateLessThan": DATE,
    "DateLessThanEquals": DATE,
    "DateGreaterThan": DATE,
    "DateGreaterThanEquals": DATE,
    "IpAddress": ADDRESS,
}
NEGATED = {
    "StringNotEquals": "v",
    "StringNotEqualsIgnoreCase": "v",
    "StringNotLike": "v*",
    "ArnNotEquals": ARN,
    "ArnNotLike": ARN,
    "NumericNotEquals": NUMBER,
    "DateNotEquals": DATE,
    "NotIpAddress": ADDRESS,
}


@pytest.mark.parametrize("operator", POSITIVE)
def test_a_missing_key_does_not_fulfil_a_positive_operator(operator: str) -> None:
    value = POSITIVE[operator]
    assert not allows({operator: {"aws:SourceVpce": value}}, {})
    assert allows({f"{operator}IfExists": {"aws:SourceVpce": value}}, {})
    assert allows({f"ForAllValues:{operator}": {"aws:TagKeys": value}}, {})
    assert not allows({f"ForAnyValue:{operator}": {"aws:TagKeys": value}}, {})


@pytest.mark.parametrize("operator", NEGATED)
def test_a_missing_key_fulfils_a_negated_operator(operator: str) -> None:
    value = NEGATED[operator]
    assert allows({operator: {"aws:SourceVpce": value}}, {})
    assert allows({f"{operator}IfExists": {"aws:SourceVpce": value}}, {})
    assert allows({f"ForAllValues:{operator}": {"aws:TagKeys": value}}, {})
    assert not allows({f"ForAnyValue:{operator}": {"aws:TagKeys": value}}, {})


@pytest.mark.parametrize(
    ("wanted", "context", "expected"),
    [
        ("true", {}, True),
        ("false", {}, False),
        ("true", {"aws:SourceVpce": ("v",)}, False),
        ("false", {"aws:SourceVpce": ("v",)}, True),
    ],
)
def test_null_asks_whether_the_key_is_missing(
    wanted: str, context: dict[str, tuple[str, ...]], expected: bool
) -> None:
    assert allows({"Null": {"aws:SourceVpce": wanted}}, context) is expected


def test_null_on_two_keys_in_a_deny_catches_only_requests_that_lack_both() -> None:
    block = {"Null": {"sagemaker:VpcSubnets": "true", "sagemaker:VpcSecurityGroupIds": "true"}}
    assert not allows(block, {}, effect="Deny")
    assert allows(block, {"sagemaker:VpcSubnets": ("s-1",)}, effect="Deny")


def test_bool_false_in_a_deny_does_not_catch_a_request_without_the_key() -> None:
    block = {"Bool": {"aws:SecureTransport": "false"}}
    assert allows(block, {}, effect="Deny")
    assert not allows(block, {"aws:SecureTransport": ("false",)}, effect="Deny")


SET_OPERATORS = [
    # operator, values of the request, fulfilled
    ("ForAllValues:StringEquals", ("a", "b"), True),
    ("ForAllValues:StringEquals", ("a", "c"), False),
    ("ForAnyValue:StringEquals", ("a", "c"), True),
    ("ForAnyValue:StringEquals", ("c", "d"), False),
    ("ForAllValues:StringNotEquals", ("c", "d"), True),
    ("ForAllValues:StringNotEquals", ("a", "d"), False),
    ("ForAnyValue:StringNotEquals", ("a", "d"), True),
    ("ForAnyValue:StringNotEquals", ("a", "b"), False),
    # Without a set operator nothing matches a multi-valued key, not even the negated form.
    ("StringEquals", ("a",), False),
    ("StringNotEquals", ("c",), False),
    ("StringNotEqualsIfExists", ("c",), False),
]


@pytest.mark.parametrize(("operator", "values", "expected"), SET_OPERATORS)
def test_set_operators(operator: str, values: tuple[str, ...], expected: bool) -> None:
    assert allows({operator: {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": values}) is expected


@pytest.mark.parametrize(("effect", "expected"), [("Allow", True), ("Deny", True)])
def test_where_aws_leaves_it_open_the_request_gets_the_benefit(effect: str, expected: bool) -> None:
    doubtful = {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"}}
    assert allows(doubtful, {}, effect=effect) is expected
    unresolved = {"StringNotEquals": {"aws:SourceVpce": "${aws:PrincipalTag/team}"}}
    assert allows(unresolved, {"aws:SourceVpce": ("v",)}, effect=effect) is expected


VALUES = [
    # operator, policy, request, fulfilled
    ("StringEquals", "Vpce-1", "vpce-1", False),
    ("StringEqualsIgnoreCase", "Vpce-1", "vpcE-1", True),
    ("StringNotEqualsIgnoreCase", "Vpce-1", "vpcE-1", False),
    ("StringEquals", "vpce-*", "vpce-1", False),
    ("StringEquals", "vpce-*", "vpce-*", True),
    ("StringLike", "vpce-?", "vpce-1", True),
    ("StringLike", "vpce-?", "vpce-12", False),
    ("StringLike", "*-1", "vpce-1", True),
    ("StringLike", "VPCE-*", "vpce-1", False),
    ("StringLike", "a.c", "abc", False),
    ("StringLike", "${*}", "anything", False),
    ("StringLike", "${*}", "*", True),
    ("StringNotLike", ["a*", "b*"], "c", True),
    ("StringNotLike", ["a*", "b*"], "bx", False),
    ("ArnLike", "arn:aws:sns:*:1:t", "arn:aws:sns:eu:1:t", True),
    ("ArnEquals", "arn:aws:sns:*:1:t", "arn:aws:sns:eu:1:t", True),
    ("ArnLike", "arn:aws:sns:*:t", "arn:aws:sns:eu:1:t", None),
    ("ArnLike", "arn:aws:*:*:1:t", "arn:aws:sns:eu:x:1:t", False),
    ("ArnLike", "arn:aws:sqs:::a*", "arn:aws:sqs:::a:b", True),
    ("ArnLike", "arn:aws:sns:*:1:t", "no-arn", False),
    ("ArnNotLike", "arn:aws:sns:*:1:t", "no-arn", True),
    ("ArnLike", "*", "arn:aws:sns:eu:1:t", True),
    ("Bool", "true", "True", True),
    ("Bool", "true", "false", False),
    ("NumericLessThan", "5", "4.9", True),
    ("NumericLessThan", "5", "5", False),
    ("NumericLessThanEquals", "5", "5.0", True),
    ("NumericGreaterThan", "-1", "0", True),
    ("NumericEquals", "5", "five", False),
    ("NumericNotEquals", "5", "five", True),
    ("DateLessThan", "2026-01-01", "2025-12-31T23:59:59Z", True),
    ("DateGreaterThan", "2026-01-01T00:00:00+02:00", "2025-12-31T22:00:00Z", False),
    ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
    ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
    ("IpAddress", "10.0.0.0/8", "11.1.2.3", False),
    ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
    ("NotIpAddress", "2001:db8::/32", "2001:db9::1", True),
]


@pytest.mark.parametrize(("operator", "policy", "value", "expected"), VALUES)
def test_comparisons(
    operator: str, policy: str | list[str], value: str, expected: bool | None
) -> None:
    if expected is None:
        with pytest.raises(Exception, match="six parts of an ARN"):
            allows({operator: {"aws:SourceArn": policy}}, {})
        return
    assert allows({operator: {"aws:SourceArn": policy}}, {"aws:SourceArn": (value,)}) is expected


def test_keys_ignore_case() -> None:
    block = {"StringEquals": {"AWS:sourceVPCE": "v"}}
    assert allows(block, {"aws:SourceVpce": ("v",)})


def test_operators_and_keys_are_anded_and_values_ored() -> None:
    block = {
        "StringEquals": {"aws:SourceVpce": ["v", "w"], "aws:SourceVpc": "x"},
        "Bool": {"aws:SecureTransport": True},
    }
    whole = {"aws:SourceVpce": ("w",), "aws:SourceVpc": ("x",), "aws:SecureTransport": ("true",)}
    assert allows(block, whole)
    for key in whole:
        assert not allows(block, {name: values for name, values in whole.items() if name != key})


VARIABLES = [
    # resource, caller, tag, allowed
    ("arn:aws:s3:::b/${aws:username}/*", USER, None, True),
    ("arn:aws:s3:::b/${aws:username}/*", ROLE, None, False),
    ("arn:aws:s3:::b/${aws:PrincipalTag/team}/*", ROLE, "ann", True),
    ("arn:aws:s3:::b/${aws:PrincipalTag/team}/*", ROLE, "*", False),
    ("arn:aws:s3:::b/${aws:PrincipalTag/team, 'ann'}/*", ROLE, None, True),
    ("arn:aws:s3:::*/${aws:PrincipalTag/team}/*", ROLE, "ann", True),
    ("arn:aws:s3:::b/${aws:TagKeys}/*", ROLE, None, False),
]


@pytest.mark.parametrize(("resource", "caller", "tag", "expected"), VARIABLES)
def test_policy_variables(resource: str, caller: object, tag: str | None, expected: bool) -> None:
    context = {"aws:TagKeys": ("ann",), "aws:PrincipalTag/team": (tag,) if tag else ()}
    block = {"StringNotEquals": {"aws:SourceVpce": "v"}}
    assert allows(block, context, caller=caller, resource=resource) is expected


def test_the_older_version_of_the_language_has_no_variables() -> None:
    block = {"StringEquals": {"s3:prefix": "${aws:username}"}}
    literal = {"s3:prefix": ("${aws:username}",)}
    assert allows(block, literal, caller=USER, version="2008-10-17")
    assert not allows(block, literal, caller=USER)
    assert allows(block, {"s3:prefix": ("ann",)}, caller=USER)
