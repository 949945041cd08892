"""The well-known holes of public samples, and how exceptions are made, as small policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iam_prover.evaluator import ARBITRARY, PoliciesInForce
from iam_prover.formulas import Not, key, resource_like
from iam_prover.policy import PolicyKind
from iam_prover.principals import role
from iam_prover.question import RequestPattern, any_session, anyone, exactly, strangers
from tests.unit.iam_prover.forms import (
    ACCOUNT,
    ALLOW,
    BUCKET,
    CMK,
    DENY,
    NEW,
    OUR_ENDPOINT,
    ROLE,
    S3_ACTIONS,
    compute,
    policy,
    request_let_through,
)

if TYPE_CHECKING:
    from iam_prover.request import Request


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
