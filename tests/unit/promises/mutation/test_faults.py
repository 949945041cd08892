"""Each kind of fault changes what its name says, and nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from promises.mutation.catalog import SEEDERS, all_faults
from promises.mutation.faults import callers
from promises.mutation.templates import Templates

BY_KIND = dict(SEEDERS)
VPCE = {"StringNotEquals": {"aws:SourceVpce": {"Ref": "Endpoint"}}}
DENY = {
    "Sid": "OnlyEndpoint",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": VPCE,
}
ALLOW = {
    "Effect": "Allow",
    "Principal": {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}},
    "Action": ["s3:GetObject", "s3:ListBucket"],
    "Resource": "arn:aws:s3:::b/*",
    "Condition": {
        "Bool": {"aws:SecureTransport": "true"},
        "StringEquals": {"aws:PrincipalAccount": "111122223333"},
    },
}


def templates(*statements: dict[str, Any], **resources: Any) -> Templates:
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": [*statements]}},
    }
    held = {"Policy": policy} if statements else {}
    return Templates({"a/devStorage.template.json": {"Resources": {**held, **resources}}})


def seeded(kind: str, *statements: dict[str, Any]) -> list[list[dict[str, Any]]]:
    found = []
    for fault in BY_KIND[kind](templates(*statements)):
        assert fault.of_policy
        body = fault.resources["Policy"]
        assert body is not None
        found.append(body["Properties"]["PolicyDocument"]["Statement"])
    return found


def test_a_dropped_statement_leaves_the_others() -> None:
    assert seeded("drop a Deny statement", DENY, ALLOW) == [[ALLOW]]
    assert seeded("drop an Allow statement", DENY, ALLOW) == [[DENY]]


def test_each_condition_key_is_dropped_by_itself() -> None:
    first, second = seeded("drop a condition key", ALLOW)
    assert first == [{**ALLOW, "Condition": {"StringEquals": ALLOW["Condition"]["StringEquals"]}}]
    assert second == [{**ALLOW, "Condition": {"Bool": ALLOW["Condition"]["Bool"]}}]


def test_the_last_condition_leaves_no_empty_block() -> None:
    assert "Condition" not in seeded("drop a condition key", DENY)[0][0]


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("swap to ForAnyValue", {"ForAnyValue:StringNotEquals": {"aws:SourceVpce": ["v"]}}),
        ("swap to ForAllValues", {"ForAllValues:StringNotEquals": {"aws:SourceVpce": ["v"]}}),
        ("swap to a match of *", {"StringNotLike": {"aws:SourceVpce": ["*"]}}),
        ("swap to IfExists", {"StringNotEqualsIfExists": {"aws:SourceVpce": ["v"]}}),
        ("lose a Not", {"StringEquals": {"aws:SourceVpce": ["v"]}}),
        (
            "add a value to a condition",
            {"StringNotEquals": {"aws:SourceVpce": ["v", "vpce-00000000000000000"]}},
        ),
    ],
)
def test_an_operator_becomes_its_cousin(kind: str, condition: dict[str, Any]) -> None:
    statement = {**DENY, "Condition": {"StringNotEquals": {"aws:SourceVpce": "v"}}}
    assert seeded(kind, statement) == [[{**DENY, "Condition": condition}]]


@pytest.mark.parametrize(("kind", "operator"), [("flip Null", "Null"), ("flip Bool", "Bool")])
def test_true_and_false_change_places(kind: str, operator: str) -> None:
    statement = {**DENY, "Condition": {operator: {"aws:SecureTransport": "false"}}}
    flipped = {**DENY, "Condition": {operator: {"aws:SecureTransport": ["true"]}}}
    assert seeded(kind, statement) == [[flipped]]


def test_a_set_operator_is_lost() -> None:
    condition = {"ForAnyValue:StringNotEquals": {"sagemaker:VpcSubnets": ["subnet-1"]}}
    plain = {"StringNotEquals": {"sagemaker:VpcSubnets": ["subnet-1"]}}
    found = seeded("drop a set operator", {**DENY, "Condition": condition})
    assert found == [[{**DENY, "Condition": plain}]]


def test_only_an_allow_is_widened_and_only_a_deny_is_narrowed() -> None:
    assert seeded("widen to any resource", DENY, ALLOW) == [[DENY, {**ALLOW, "Resource": "*"}]]
    assert seeded("widen to a service's actions", ALLOW) == [[{**ALLOW, "Action": "s3:*"}]]
    assert seeded("widen to any action", DENY) == []
    assert [each[0]["Resource"] for each in seeded("narrow a Deny's resources", DENY)] == [
        ["arn:aws:s3:::b/*"],
        ["arn:aws:s3:::b"],
    ]


def test_a_stranger_is_added_to_those_who_are_let_in() -> None:
    ((statement,),) = seeded("add a foreign principal", ALLOW)
    role = ALLOW["Principal"]["AWS"]
    assert statement["Principal"] == {"AWS": [role, "arn:aws:iam::999999999999:root"]}
    assert seeded("let everyone in", DENY) == []


def test_an_exemption_is_added_to_the_conditions_of_a_deny() -> None:
    ((statement,),) = seeded("exempt a role", DENY)
    exemption = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*admin*"}}
    assert statement["Condition"] == {**VPCE, **exemption}


def test_a_network_gets_a_way_out() -> None:
    network = templates(
        Vpc={"Type": "AWS::EC2::VPC"},
        Table={"Type": "AWS::EC2::RouteTable"},
        Group={"Type": "AWS::EC2::SecurityGroup", "Properties": {}},
    )
    added = {
        body["Type"]
        for fault in all_faults(network)
        for name, body in fault.resources.items()
        if body and name == "Seeded"
    }
    assert {
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::SecurityGroupEgress",
    } <= added


def test_a_boundary_is_taken_away() -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": "arn", "Path": "/"}}
    (fault,) = BY_KIND["drop a boundary"](templates(Role=role))
    assert fault.resources == {"Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/"}}}


def test_the_original_stays_as_it_is() -> None:
    source = templates(DENY, ALLOW)
    before = copy.deepcopy(source.files)
    assert all_faults(source)
    assert source.files == before


def test_names_are_unique_and_do_not_change() -> None:
    faults = all_faults(templates(DENY, ALLOW))
    assert len({each.name for each in faults}) == len(faults)
    assert [each.name for each in faults] == [
        each.name for each in all_faults(templates(DENY, ALLOW))
    ]
    assert len({kind for kind, _ in SEEDERS}) == len(SEEDERS)


def test_a_choice_takes_faults_evenly_and_keeps_their_names() -> None:
    source = templates(*[{**ALLOW, "Sid": f"S{number}"} for number in range(10)])
    chosen = [each for each in all_faults(source, 2) if each.kind == "drop an Allow statement"]
    assert [each.where.partition(", ")[2] for each in chosen] == ["S0", "S5"]
    everything = {each.name: each for each in all_faults(source)}
    assert all(everything[each.name] == each for each in chosen)


TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "glue.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


@pytest.mark.parametrize("kind", [kind for kind, _ in callers.SEEDERS])
def test_a_caller_gets_a_statement_or_a_permission_of_its_own(kind: str) -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": {}}
    job = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "secure-mlops-dev-job"}}
    statements = (TRUST, {**ALLOW, "Effect": "Deny"})
    (fault,) = BY_KIND[kind](templates(*statements, Function=function, Job=job))
    body = fault.resources["Policy" if fault.of_policy else "Seeded"]
    assert body is not None
    if not fault.of_policy:
        assert body["Properties"]["FunctionName"] == {"Fn::GetAtt": ["Function", "Arn"]}
        return
    document = body["Properties"]["PolicyDocument"]
    kept = [each for each in document["Statement"] if each in (TRUST, {**ALLOW, "Effect": "Deny"})]
    (added,) = (each for each in document["Statement"] if each not in kept)
    assert len(kept) == len(document["Statement"]) - 1
    assert added["Effect"] == "Allow"
    assert added["Principal"] != TRUST["Principal"]


@pytest.mark.parametrize("kind", [kind for kind in BY_KIND if "environment" in kind])
def test_others_have_no_environment_that_a_service_could_work_for(kind: str) -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": {}}
    job = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "job"}}
    assert not list(BY_KIND[kind](templates(TRUST, ALLOW, Function=function, Job=job)))
