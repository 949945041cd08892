"""Forms of a control that are sound are proved; each unsound cousin has a counterexample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from iam_prover.evaluator import ARBITRARY, PoliciesInForce
from iam_prover.formulas import AllOf, AnyOf, Formula, Not, key, present, resource_like
from iam_prover.policy import PolicyKind
from iam_prover.question import RequestPattern, anyone, strangers
from tests.unit.iam_prover.forms import (
    ACCOUNT,
    ALLOW,
    BUCKET,
    CMK,
    DENY,
    NEW,
    OLD,
    OUR_ENDPOINT,
    OURS,
    ROLE,
    S3_ACTIONS,
    SUBNETS,
    compute,
    policy,
    request_let_through,
)

if TYPE_CHECKING:
    from iam_prover.request import Request

INSIDE = AllOf((key("ForAllValues:StringEquals", SUBNETS, *OURS), present(SUBNETS)))
ALL_OURS = {"ForAllValues:StringEquals": {SUBNETS: OURS}}
ANY_OTHER = {"ForAnyValue:StringNotEquals": {SUBNETS: OURS}}
NONE_AT_ALL = {"Null": {SUBNETS: "true"}}
SUBNET_FORMS = [
    ("ForAllValues and Null", True, [{**ALLOW, "Condition": {
        **ALL_OURS, "Null": {SUBNETS: "false"}}}]),
    ("two Denies", True, [ALLOW, {**DENY, "Condition": ANY_OTHER},
                          {**DENY, "Condition": NONE_AT_ALL}]),
    ("ForAllValues alone", False, [{**ALLOW, "Condition": ALL_OURS}]),
    ("ForAnyValue", False, [{**ALLOW, "Condition": {
        "ForAnyValue:StringEquals": {SUBNETS: OURS}}}]),
    ("only the Deny of others", False, [ALLOW, {**DENY, "Condition": ANY_OTHER}]),
    ("only the Deny of none", False, [ALLOW, {**DENY, "Condition": NONE_AT_ALL}]),
    ("both in one statement", False, [ALLOW, {**DENY, "Condition": {**ANY_OTHER, **NONE_AT_ALL}}]),
    ("a plain negated operator", False, [ALLOW, {**DENY, "Condition": {
        "StringNotEquals": {SUBNETS: OURS}}}]),
    ("two keys missing at once", False, [ALLOW, {**DENY, "Condition": ANY_OTHER}, {
        **DENY, "Condition": {"Null": {
            SUBNETS: "true", "sagemaker:VpcSecurityGroupIds": "true"}}}]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sound", "statements"), [form[1:] for form in SUBNET_FORMS], ids=[f[0] for f in SUBNET_FORMS]
)
def test_subnets(sound: bool, statements: list[dict[str, Any]]) -> None:
    found = compute(*statements, where=Not(INSIDE))
    assert (found is None) is sound
    # A policy that denies everything would prove all: a good request must remain possible.
    good = compute(*statements, where=INSIDE)
    assert good is not None
    assert set(good.values(SUBNETS)) <= set(OURS)


DIRECT_INTERNET = [
    ("deny everything but Disabled", True, {
        "StringNotEquals": {"sagemaker:DirectInternetAccess": "Disabled"}}),
    ("deny Enabled", False, {"StringEquals": {"sagemaker:DirectInternetAccess": "Enabled"}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sound", "block"), [form[1:] for form in DIRECT_INTERNET], ids=[f[0] for f in DIRECT_INTERNET]
)
def test_direct_internet_access(sound: bool, block: dict[str, Any]) -> None:
    disabled = key("StringEquals", "sagemaker:DirectInternetAccess", "Disabled")
    action = "sagemaker:CreateNotebookInstance"
    statements = (ALLOW, {**DENY, "Condition": block})
    assert (compute(*statements, where=Not(disabled), action=action) is None) is sound
    assert compute(*statements, where=disabled, action=action) is not None


def test_the_key_under_its_old_and_new_name() -> None:
    """Whichever of the two AWS fills, a foreign key and no key are refused."""
    statements = (
        ALLOW,
        {**DENY, "Condition": {"Null": {OLD: "true", NEW: "true"}}},
        {**DENY, "Condition": {"ArnNotEquals": {OLD: CMK}, "Null": {OLD: "false"}}},
        {**DENY, "Condition": {"ArnNotEquals": {NEW: CMK}, "Null": {NEW: "false"}}},
    )
    good = {name: key("ArnEquals", name, CMK) for name in (OLD, NEW)}
    none = {name: Not(present(name)) for name in (OLD, NEW)}
    bad = AnyOf((
        AllOf(tuple(none.values())),
        *(AllOf((present(name), Not(good[name]))) for name in (OLD, NEW)),
    ))  # fmt: skip
    assert compute(*statements, where=bad) is None
    assert compute(*statements, where=AllOf((good[OLD], none[NEW]))) is not None
    assert compute(*statements, where=AllOf((good[NEW], none[OLD]))) is not None
    assert compute(*statements, where=AllOf((good[NEW], good[OLD]))) is not None


@pytest.mark.parametrize(("pinned", "other"), [(OLD, NEW), (NEW, OLD)])
def test_one_name_of_the_key_alone_refuses_good_requests(pinned: str, other: str) -> None:
    """It fails closed, and so is no hole; but nobody can tell which name AWS fills."""
    statements = (
        ALLOW,
        {**DENY, "Condition": {"Null": {pinned: "true"}}},
        {**DENY, "Condition": {"ArnNotEquals": {pinned: CMK}}},
    )
    good = {name: key("ArnEquals", name, CMK) for name in (OLD, NEW)}
    assert compute(*statements, where=Not(good[pinned])) is None
    assert compute(*statements, where=AllOf((good[other], Not(present(pinned))))) is None
    assert compute(*statements, where=good[pinned]) is not None


BUCKET_FORMS = [
    ("StringNotEquals", True, {"Condition": OUR_ENDPOINT}),
    ("StringNotEqualsIfExists", True, {"Condition": {
        "StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}}),
    ("ForAnyValue", False, {"Condition": {
        "ForAnyValue:StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}),
    ("the bucket without its objects", False, {"Condition": OUR_ENDPOINT, "Resource": BUCKET[0]}),
    ("the objects without their bucket", False, {"Condition": OUR_ENDPOINT, "Resource": BUCKET[1]}),
    ("TLS in the same block", False, {"Condition": {
        **OUR_ENDPOINT, "Bool": {"aws:SecureTransport": "false"}}}),
    ("Null false in the same block", False, {"Condition": {
        **OUR_ENDPOINT, "Null": {"aws:SourceVpce": "false"}}}),
    ("any endpoint", False, {"Condition": {"StringNotLike": {"aws:SourceVpce": "vpce-*"}}}),
    ("the VPC", False, {"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}}),
    ("a named principal", False, {"Condition": OUR_ENDPOINT, "Principal": {"AWS": ROLE.arn}}),
    ("NotAction", False, {"Condition": OUR_ENDPOINT, "Action": None,
                          "NotAction": "s3:GetBucketLocation"}),
    ("get, put and list only", False, {"Condition": OUR_ENDPOINT, "Action": [
        "s3:GetObject", "s3:PutObject", "s3:ListBucket"]}),
    ("the execution role exempt", False, {"Condition": {
        **OUR_ENDPOINT, "ArnNotEquals": {"aws:PrincipalArn": ROLE.arn}}}),
    ("everything through a service exempt", False, {"Condition": {
        **OUR_ENDPOINT, "BoolIfExists": {"aws:ViaAWSService": "false"}}}),
    ("no Principal", False, {"Condition": OUR_ENDPOINT, "Principal": None}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sound", "changes"), [form[1:] for form in BUCKET_FORMS], ids=[f[0] for f in BUCKET_FORMS]
)
def test_a_bucket_behind_one_endpoint(sound: bool, changes: dict[str, Any]) -> None:
    """Against any identity policy, for every S3 action and every caller there is."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": BUCKET,
        **changes,
    }
    statement = {name: value for name, value in statement.items() if value is not None}
    policies = PoliciesInForce(ARBITRARY, resource=(policy(PolicyKind.RESOURCE, statement),))
    through = key("StringEquals", "aws:SourceVpce", "vpce-1")
    callers = (*anyone(account=ACCOUNT), *strangers(account=ACCOUNT))

    def find(*where: Formula) -> Request | None:
        in_bucket = resource_like(*BUCKET)
        return request_let_through(
            policies, RequestPattern(callers, S3_ACTIONS, where=(in_bucket, *where))
        )

    assert (find(Not(through)) is None) is sound
    assert find(through) is not None
