"""Whole decisions, row by row of AWS's evaluation logic. The encoding must agree each time."""

from __future__ import annotations

from typing import Any

import pytest

from iam_prover.answers import Possible
from iam_prover.encoding.solve import ask
from iam_prover.evaluator import ARBITRARY, Decision, PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import Policy, PolicyKind
from iam_prover.principals import ANONYMOUS, Caller, role, root, service, user
from iam_prover.question import Question, only
from iam_prover.request import Request

HERE, THERE = "111122223333", "444455556666"
ROLE_ARN = f"arn:aws:iam::{HERE}:role/Job"
SESSION_ARN = f"arn:aws:sts::{HERE}:assumed-role/Job/s"
USER_ARN = f"arn:aws:iam::{HERE}:user/ann"
ROLE, USER = role(ROLE_ARN, "s"), user(USER_ARN)
STRANGER = role(f"arn:aws:iam::{THERE}:role/Job")
KEY = f"arn:aws:kms:eu-west-1:{HERE}:key/k"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NOTHING = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}


def policy(kind: PolicyKind, *statements: dict[str, Any]) -> Policy:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return parse_policy(document, kind, kind.value)


def identity(*statements: dict[str, Any]) -> tuple[Policy, ...]:
    return (policy(PolicyKind.IDENTITY, *statements),)


def bucket(*statements: dict[str, Any]) -> tuple[Policy, ...]:
    return (policy(PolicyKind.RESOURCE, *statements),)


def decision(
    policies: PoliciesInForce,
    caller: Caller = ROLE,
    action: str = "s3:GetObject",
    resource: str = "arn:aws:s3:::b/x",
    **context: str,
) -> Decision:
    keys = {key.replace("_", ":"): (value,) for key, value in context.items()}
    request = Request(caller, action, resource, keys)
    found = decide(request, policies)
    assert isinstance(ask(Question(policies, only(request))), Possible) is found.allowed
    return found


def test_nothing_is_allowed_by_default() -> None:
    assert not decision(PoliciesInForce()).allowed
    assert decision(PoliciesInForce(), root(HERE)).allowed  # the root user has full access


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    deny = {**EVERYTHING, "Effect": "Deny"}
    open_bucket = {**EVERYTHING, "Principal": "*"}
    allowed = PoliciesInForce(
        identity(EVERYTHING),
        policy(PolicyKind.BOUNDARY, EVERYTHING),
        bucket(open_bucket),
        policy(PolicyKind.ENDPOINT, open_bucket),
    )
    assert decision(allowed).allowed
    denied = [
        PoliciesInForce(identity(EVERYTHING, deny), resource=allowed.resource),
        PoliciesInForce(identity(EVERYTHING), policy(PolicyKind.BOUNDARY, EVERYTHING, deny)),
        PoliciesInForce(identity(EVERYTHING), resource=bucket({**deny, "Principal": "*"})),
        PoliciesInForce(
            identity(EVERYTHING),
            endpoint=policy(PolicyKind.ENDPOINT, open_bucket, {**deny, "Principal": "*"}),
        ),
    ]
    for policies in denied:
        found = decision(policies)
        assert not found.allowed
        assert found.reason == "an explicit deny"
        assert [statement.effect.value for statement in found.statements] == ["Deny"]


# How a resource policy names the caller, and whether what it grants survives the implicit deny
# of the identity policies alone, and that of a permissions boundary as well.
GRANTS = [
    (ROLE, "*", True, True),
    (ROLE, {"AWS": "*"}, True, True),
    (ROLE, {"AWS": SESSION_ARN}, True, True),
    (ROLE, {"AWS": ROLE_ARN}, True, False),
    (ROLE, {"AWS": HERE}, False, False),
    (ROLE, {"AWS": f"arn:aws:iam::{HERE}:root"}, False, False),
    (ROLE, {"AWS": USER_ARN}, False, False),
    (ROLE, {"Service": "events.amazonaws.com"}, False, False),
    (ROLE, None, False, False),
    (USER, {"AWS": USER_ARN}, True, True),
    (USER, "*", True, True),
    (USER, {"AWS": HERE}, False, False),
]


@pytest.mark.parametrize(("caller", "principal", "alone", "bounded"), GRANTS)
def test_implicit_denies_cap_a_role_arn_but_not_a_session_a_user_or_everyone(
    caller: Caller, principal: object, alone: bool, bounded: bool
) -> None:
    statement = {**EVERYTHING, **({"Principal": principal} if principal else {})}
    policies = PoliciesInForce(identity(NOTHING), resource=bucket(statement))
    assert decision(policies, caller).allowed is alone
    boundary = policy(PolicyKind.BOUNDARY, NOTHING)
    within = PoliciesInForce(identity(NOTHING), boundary, bucket(statement))
    assert decision(within, caller).allowed is bounded


def test_a_boundary_limits_identity_policies_and_grants_nothing() -> None:
    boundary = policy(PolicyKind.BOUNDARY, {**EVERYTHING, "Action": "s3:*"})
    policies = PoliciesInForce(identity(EVERYTHING), boundary)
    assert decision(policies).allowed
    assert not decision(policies, action="kms:Decrypt").allowed
    assert not decision(PoliciesInForce(identity(NOTHING), boundary)).allowed


def test_an_endpoint_policy_limits_and_grants_nothing() -> None:
    only_b = {**EVERYTHING, "Principal": "*", "Resource": "arn:aws:s3:::b/*"}
    endpoint = policy(PolicyKind.ENDPOINT, only_b)
    policies = PoliciesInForce(identity(EVERYTHING), endpoint=endpoint)
    assert decision(policies).allowed
    assert not decision(policies, resource="arn:aws:s3:::other/x").allowed
    assert not decision(PoliciesInForce(identity(NOTHING), endpoint=endpoint)).allowed


def test_not_principal_denies_everyone_else_and_everyone_with_a_boundary() -> None:
    deny = {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE_ARN}, "Action": "*", "Resource": "*"}
    policies = PoliciesInForce(ARBITRARY, resource=bucket(deny))
    assert decision(policies).allowed
    assert not decision(policies, USER).allowed
    boundary = policy(PolicyKind.BOUNDARY, EVERYTHING)
    assert not decision(PoliciesInForce(ARBITRARY, boundary, bucket(deny))).allowed


@pytest.mark.parametrize(
    ("caller", "allowed"),
    [
        (service("events.amazonaws.com"), True),
        (service("s3.amazonaws.com"), False),
        (ANONYMOUS, False),
        (ROLE, True),
        (USER, False),
    ],
)
def test_services_and_anonymous_callers_have_the_resource_policy_only(
    caller: Caller, allowed: bool
) -> None:
    named = {"Service": "events.amazonaws.com", "AWS": ROLE_ARN}
    policies = PoliciesInForce(resource=bucket({**EVERYTHING, "Principal": named}))
    assert decision(policies, caller).allowed is allowed


def test_another_account_needs_both_sides() -> None:
    context = {"aws_ResourceAccount": HERE}
    for principal in ("*", {"AWS": THERE}, {"AWS": STRANGER.arn}):
        shared = bucket({**EVERYTHING, "Principal": principal})
        both = PoliciesInForce(identity(EVERYTHING), resource=shared)
        assert decision(both, STRANGER, **context).allowed
        assert not decision(PoliciesInForce(resource=shared), STRANGER, **context).allowed
    assert not decision(PoliciesInForce(identity(EVERYTHING)), STRANGER, **context).allowed


KEY_POLICIES = [
    # principal of the key policy, identity policy, allowed
    (None, EVERYTHING, False),
    ({"AWS": HERE}, EVERYTHING, True),
    ({"AWS": HERE}, NOTHING, False),
    ({"AWS": ROLE_ARN}, NOTHING, True),
    ({"AWS": USER_ARN}, EVERYTHING, False),
]


@pytest.mark.parametrize(("principal", "own", "allowed"), KEY_POLICIES)
def test_a_key_policy_decides(principal: object, own: dict[str, Any], allowed: bool) -> None:
    resource = bucket({**EVERYTHING, "Principal": principal}) if principal else ()
    policies = PoliciesInForce(identity(own), resource=resource, resource_policy_decides=True)
    assert decision(policies, action="kms:Decrypt", resource=KEY).allowed is allowed


def test_a_key_can_be_kept_to_one_service() -> None:
    via = {"StringEquals": {"kms:ViaService": "sagemaker.eu-west-1.amazonaws.com"}}
    named = {**EVERYTHING, "Principal": {"AWS": ROLE_ARN}, "Condition": via}
    policies = PoliciesInForce(resource=bucket(named), resource_policy_decides=True)
    through = {"kms_ViaService": "sagemaker.eu-west-1.amazonaws.com"}
    assert decision(policies, action="kms:Decrypt", resource=KEY, **through).allowed
    assert not decision(policies, action="kms:Decrypt", resource=KEY).allowed


ACTIONS = [
    ({"Action": "S3:getobject"}, True),
    ({"Action": "s3:Get*"}, True),
    ({"Action": "s3:?etObject"}, True),
    ({"Action": "s3:Put*"}, False),
    ({"NotAction": "s3:Get*"}, False),
    ({"NotAction": ["kms:*", "iam:*"]}, True),
]


@pytest.mark.parametrize(("element", "allowed"), ACTIONS)
def test_actions_ignore_case_and_have_wildcards(element: dict[str, Any], allowed: bool) -> None:
    policies = PoliciesInForce(identity({"Effect": "Allow", "Resource": "*", **element}))
    assert decision(policies).allowed is allowed


RESOURCES = [
    ({"Resource": "arn:aws:s3:::b/*"}, True),
    ({"Resource": "arn:aws:s3:::B/*"}, False),
    ({"Resource": "arn:aws:s3:::b"}, False),
    ({"Resource": ["arn:aws:s3:::c/*", "arn:aws:s3:::?/x"]}, True),
    ({"NotResource": "arn:aws:s3:::b/*"}, False),
    ({"NotResource": "arn:aws:s3:::c/*"}, True),
]


@pytest.mark.parametrize(("element", "allowed"), RESOURCES)
def test_resources_mind_case_and_have_wildcards(element: dict[str, Any], allowed: bool) -> None:
    policies = PoliciesInForce(identity({"Effect": "Allow", "Action": "*", **element}))
    assert decision(policies).allowed is allowed
