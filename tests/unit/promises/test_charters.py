"""Promises 17 and 18 on a small template, and on what somebody may do to it by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_common.errors import MlopsError
from promises.proving import Verdict
from tests.unit.promises.changed_template import judged

TEMPLATE = Path(__file__).with_name("chartered.yaml")
CEILING, CHARTER = 17, 18
QUEUE = "arn:aws:sqs:us-east-1:123456789012:ours-orders"


@pytest.mark.parametrize("number", [CEILING, CHARTER])
def test_it_holds_as_written(number: int, tmp_path: Path) -> None:
    found = judged(TEMPLATE, number, tmp_path)
    assert found.breaches == ()
    assert found.verdict is Verdict.PROVED


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('Action: "sqs:SendMessage"', 'Action: "sqs:*"'), "what no duty of it is about"),
        ((f'Resource: "{QUEUE}"', 'Resource: "*"'), "more than this: it sends orders"),
        (('{"aws:RequestedRegion": "us-east-1"}', '{"aws:RequestedRegion": "x"}'), "sends"),
        (("Principal: {Service: lambda", "Principal: {Service: glue"), "as another service"),
        (("Principal: {Service: lambda.amazonaws.com}", 'Principal: "*"'), "a person who may not"),
        (('Action: "sts:AssumeRole"', 'Action: "sts:*"'), "another way than by sts:AssumeRole"),
    ],
)
def test_a_right_beyond_the_charter_is_found(
    change: tuple[str, str], says: str, tmp_path: Path
) -> None:
    found = judged(TEMPLATE, CHARTER, tmp_path, change)
    assert found.verdict is Verdict.BROKEN
    assert any(says in each.what for each in found.breaches), found.breaches
    assert all(each.request for each in found.breaches if each.verdict is Verdict.BROKEN)


@pytest.mark.parametrize(
    "change",
    [
        ('actions: ["sqs:SendMessage"]', 'actions: ["sqs:SendMessage", "sqs:PurgeQueue"]'),
        ('Action: "sqs:SendMessage"', 'Action: "sqs:ReceiveMessage"'),
        (f'resources: ["{QUEUE}"]', f'resources: ["{QUEUE}-2"]'),
    ],
)
def test_a_right_that_only_the_charter_has_is_found(
    change: tuple[str, str], tmp_path: Path
) -> None:
    found = judged(TEMPLATE, CHARTER, tmp_path, change)
    assert found.verdict is Verdict.BROKEN
    says = "a policy gives ours-sender sqs:"
    assert any(says in each.what for each in found.breaches), found.breaches


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("PermissionsBoundary: {Ref: Boundary}", "Path: /"), "has a permissions boundary"),
        (("NotResource:", "Resource:"), "not of this environment"),
        (('{StringEquals: {"aws:ResourceAccount"', '{StringEquals: {"aws:x"'), "another account"),
        (("StringEquals: {", "StringEqualsIfExists: {"), "not known to belong to this account"),
        (('"sqs:ListQueues"', '"sts:AssumeRole"'), "assume another role"),
        (('"sqs:ListQueues"', '"kms:DisableKey"'), "end versions, keys"),
    ],
)
def test_a_lower_ceiling_is_found(change: tuple[str, str], says: str, tmp_path: Path) -> None:
    found = judged(TEMPLATE, CEILING, tmp_path, change)
    assert found.verdict is Verdict.BROKEN
    assert any(says in each.what for each in found.breaches), found.breaches


def test_a_duty_may_need_a_key_to_be_missing(tmp_path: Path) -> None:
    missing = 'when: {"aws:RequestedRegion": ["us-east-1"], "aws:ViaAWSService": []}'
    change = ('when: {"aws:RequestedRegion": ["us-east-1"]}', missing)
    found = judged(TEMPLATE, CHARTER, tmp_path, change)
    assert found.verdict is Verdict.BROKEN
    assert all(each.request and each.request.values("aws:ViaAWSService") for each in found.breaches)


def test_a_duty_may_be_for_what_the_caller_has_begun(tmp_path: Path) -> None:
    own = ('["us-east-1"]', '["${aws:userid}"]')
    policy = 'StringEquals: {"aws:RequestedRegion": "us-east-1"}'
    assert judged(TEMPLATE, CHARTER, tmp_path, own).verdict is Verdict.BROKEN
    same = (policy, 'StringEquals: {"aws:RequestedRegion": "${aws:userid}"}')
    assert judged(TEMPLATE, CHARTER, tmp_path, own, same).verdict is Verdict.PROVED
    wider = (policy, 'StringLike: {"aws:RequestedRegion": "*"}')
    assert judged(TEMPLATE, CHARTER, tmp_path, own, wider).verdict is Verdict.BROKEN


def test_a_duty_holds_for_every_value_of_a_key_that_has_many(tmp_path: Path) -> None:
    tags = ('{"aws:RequestedRegion": ["us-east-1"]}', '{"aws:TagKeys": ["team"]}')
    policy = 'StringEquals: {"aws:RequestedRegion": "us-east-1"}'
    every = '"ForAllValues:StringEquals": {"aws:TagKeys": team}'
    there = '"Null": {"aws:TagKeys": "false"}'
    for condition, verdict in (
        (f"{every}, {there}", Verdict.PROVED),
        (every, Verdict.BROKEN),
        (every.replace("AllValues", "AnyValue"), Verdict.BROKEN),
    ):
        found = judged(TEMPLATE, CHARTER, tmp_path, tags, (policy, condition))
        assert found.verdict is verdict, condition


def test_a_role_that_nobody_speaks_of_is_found(tmp_path: Path) -> None:
    other = """
  Other:
    Type: AWS::IAM::Role
    Properties: {RoleName: ours-other, AssumeRolePolicyDocument: {Statement: []}}
"""
    end = 'us-east-1"}}\n'
    found = judged(TEMPLATE, CHARTER, tmp_path, (end, end + other))
    assert [each.what for each in found.breaches] == ["not satisfied: ours-other has a charter"]


@pytest.mark.parametrize("number", [CEILING, CHARTER])
def test_without_a_declaration_there_is_nothing_to_hold_a_role_to(
    number: int, tmp_path: Path
) -> None:
    found = judged(TEMPLATE, number, tmp_path, ("secure-mlops:", "acme:"))
    assert found.verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (CEILING, "secure-mlops-team-sender has a permissions boundary with a declared ceiling"),
        (CHARTER, "secure-mlops-team-sender has a charter"),
    ],
)
def test_what_an_environment_of_ours_no_longer_declares_is_missed(
    number: int, says: str, tmp_path: Path
) -> None:
    """Its roles' names say that it is one."""
    named = ("RoleName: ours-", "RoleName: secure-mlops-team-")
    found = judged(TEMPLATE, number, tmp_path, ("secure-mlops:", "acme:"), named)
    assert [each.what for each in found.breaches if says in each.what] == [f"not satisfied: {says}"]


def test_roles_of_ours_that_no_environment_names_are_undecided(tmp_path: Path) -> None:
    """Their charters say that they are."""
    found = judged(TEMPLATE, 20, tmp_path)
    assert found.verdict is Verdict.UNKNOWN
    assert "none is named after an environment" in str(found.breaches)


@pytest.mark.parametrize(
    ("number", "change", "says"),
    [
        (CHARTER, ("assumed_by", "taken_by"), "charter: unknown field 'taken_by'"),
        (CHARTER, ("resources: [", "upon: ["), "duties[0]: unknown field 'upon'"),
        (
            CEILING,
            ('["arn:aws:sqs:us-east-1:123456789012:ours-*"]', "5"),
            "secure-mlops:ceiling: must be a list",
        ),
    ],
)
def test_a_declaration_that_cannot_be_read_is_one_clear_line(
    number: int, change: tuple[str, str], says: str, tmp_path: Path
) -> None:
    with pytest.raises(MlopsError) as raised:
        judged(TEMPLATE, number, tmp_path, change)
    assert says in str(raised.value)
    assert "template/" in str(raised.value)
