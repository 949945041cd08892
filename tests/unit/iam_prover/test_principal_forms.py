"""Every form of principal against every kind of caller: whom a policy names, and whom not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from iam_prover.answers import Impossible, Possible
from iam_prover.encoding.solve import ask
from iam_prover.evaluator import ARBITRARY, PoliciesInForce, decide
from iam_prover.policy import PolicyKind
from iam_prover.principals import (
    ANONYMOUS,
    Caller,
    CallerKind,
    NameKind,
    federated,
    parse_principal_name,
    role,
    root,
    service,
    user,
)
from iam_prover.question import CallerPattern, Question, RequestPattern, only
from iam_prover.request import Request

from .forms import ACCOUNT, policy

CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
JOB, ANN = f"arn:aws:iam::{ACCOUNT}:role/Job", f"arn:aws:iam::{ACCOUNT}:user/ann"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
CLOUDFRONT = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"
DOTTED = "logging.s3.amazonaws.com"
CALLERS: dict[CallerKind, Caller] = {
    CallerKind.ROLE: replace(role(JOB), canonical_id=CANONICAL),
    CallerKind.USER: replace(user(ANN), canonical_id=CANONICAL),
    CallerKind.ROOT: replace(root(ACCOUNT), canonical_id=CANONICAL),
    CallerKind.SERVICE: service(DOTTED),
    CallerKind.FEDERATED: federated(PROVIDER),
    CallerKind.ORIGIN_ACCESS: Caller(CallerKind.ORIGIN_ACCESS, CLOUDFRONT),
    CallerKind.ANONYMOUS: ANONYMOUS,
}
IDENTITIES = {CallerKind.ROLE, CallerKind.USER, CallerKind.ROOT}
# A principal of each form, and the callers of above that it names; None where nobody can know.
NAMED: dict[NameKind, tuple[dict[str, str], set[CallerKind] | None]] = {
    NameKind.EVERYONE: ({"AWS": "*"}, set(CallerKind)),
    NameKind.ACCOUNT: ({"AWS": ACCOUNT}, IDENTITIES),
    NameKind.CANONICAL: ({"CanonicalUser": CANONICAL}, IDENTITIES),
    NameKind.ARN: ({"AWS": JOB}, {CallerKind.ROLE}),
    NameKind.SERVICE: ({"Service": DOTTED}, {CallerKind.SERVICE}),
    NameKind.FEDERATED: ({"Federated": PROVIDER}, {CallerKind.FEDERATED}),
    NameKind.ORIGIN_ACCESS: ({"AWS": CLOUDFRONT}, {CallerKind.ORIGIN_ACCESS}),
    NameKind.OTHER: ({"AWS": "AROAEXAMPLEID"}, None),
}


def _held(principal: dict[str, str]) -> PoliciesInForce:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*"}
    held = policy(PolicyKind.RESOURCE, statement)
    return PoliciesInForce(ARBITRARY, None, (held,), resource_policy_decides=True)


def test_every_kind_of_caller_and_of_name_is_in_these_tables() -> None:
    assert set(CALLERS) == set(CallerKind)
    assert set(NAMED) == set(NameKind)
    for kind, (principal, _) in NAMED.items():
        ((element, text),) = principal.items()
        assert parse_principal_name(element, text).kind is kind


@pytest.mark.parametrize("name", NameKind, ids=lambda each: each.value)
@pytest.mark.parametrize("caller", CallerKind, ids=lambda each: each.value)
def test_a_principal_names_whom_it_says(caller: CallerKind, name: NameKind) -> None:
    principal, named = NAMED[name]
    request = Request(CALLERS[caller], "s3:GetObject", "arn:aws:s3:::b/a")
    policies = _held(principal)
    known = ask(Question(policies, only(request)))
    unknown = ask(Question(policies, RequestPattern((CallerPattern(caller),), ("s3:GetObject",))))
    if named is None:
        for answer in (known, unknown):
            assert isinstance(answer, Possible)
            assert not answer.confirmed
            assert answer.free == ("whom other principal 'AROAEXAMPLEID' names",)
        return
    # A root user has all rights in its account, but a key's or a role's policy comes first.
    assert decide(request, policies).allowed is (caller in named)
    assert isinstance(known, Possible) is (caller in named)
    found = caller in named or (name is NameKind.ARN and caller is CallerKind.ROLE)
    assert isinstance(unknown, Possible if found else Impossible)
    assert not isinstance(unknown, Possible) or unknown.confirmed


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/x/AWSReservedSSO_Admin_0a1b",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Job/session",
        ANN,
    ],
)
def test_identities_have_forms_of_their_own(arn: str) -> None:
    assert parse_principal_name("AWS", arn).kind is NameKind.ARN


@pytest.mark.parametrize(
    "text",
    [
        f"arn:aws:sts::{ACCOUNT}:federated-user/ann",
        f"arn:aws:iam::{ACCOUNT}:group/Staff",
        "arn:aws-cn:iam::111122223333:role/Job",
        "arn:aws:iam::1234:root",
        "AIDAEXAMPLEID",
    ],
)
def test_a_form_that_is_not_known_is_nobody_in_particular(text: str) -> None:
    assert parse_principal_name("AWS", text).kind is NameKind.OTHER


def test_a_canonical_user_id_may_be_that_of_a_caller_whose_id_is_not_known() -> None:
    request = Request(role(JOB), "s3:GetObject", "arn:aws:s3:::b/a")
    answer = ask(Question(_held({"CanonicalUser": CANONICAL}), only(request)))
    assert isinstance(answer, Possible)
    assert not answer.confirmed
    assert answer.free == (f"whom canonical user principal {CANONICAL!r} names",)


def _deny(operator: str, key: str, value: str) -> dict[str, Any]:
    everything = {"Action": "s3:*", "Resource": "*", "Principal": "*"}
    return {"Effect": "Deny", **everything, "Condition": {operator: {key: value}}}


def test_an_anonymous_caller_has_no_key_that_says_whether_a_service_calls() -> None:
    request = Request(ANONYMOUS, "s3:GetObject", "arn:aws:s3:::b/a")
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    deny = _deny("Bool", "aws:PrincipalIsAWSService", "false")
    held = policy(PolicyKind.RESOURCE, allow, deny)
    assert decide(request, PoliciesInForce(resource=(held,))).allowed
