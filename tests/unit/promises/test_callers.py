"""Promises ask about every kind of caller that AWS has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from iam_prover.principals import CallerKind, NameKind, parse_principal_name
from promises.asking import account_and_strangers, everybody, insiders, outsiders, strangers
from promises.proving import Verdict
from tests.unit.promises.callers import (
    HERE,
    THERE,
    bucket_for,
    judged_resources,
    key_for,
    role_for,
    verdicts,
    world_of_resources,
)

if TYPE_CHECKING:
    from pathlib import Path


ISSUER = "token.actions.githubusercontent.com"
OURS = f"arn:aws:iam::{HERE}:oidc-provider/{ISSUER}"
COGNITO = "cognito-identity.amazonaws.com"
WEB, SAML = "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"
POOL = {"StringEquals": {f"{COGNITO}:aud": "eu-central-1:0a1b"}}
MEMBERS = {"ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"}}
CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
CLOUDFRONT = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"
SETS = (strangers, outsiders, account_and_strangers, insiders, everybody)
# By kind of caller: which of these sets, in this order, it is in. A new kind needs a row.
IN_SETS = {
    CallerKind.ROLE: (True, True, True, True, True),
    CallerKind.USER: (True, True, True, True, True),
    CallerKind.ROOT: (True, True, True, True, True),
    CallerKind.SERVICE: (False, False, False, True, True),
    CallerKind.FEDERATED: (True, True, True, True, True),
    CallerKind.ORIGIN_ACCESS: (True, True, True, True, True),
    CallerKind.ANONYMOUS: (True, True, True, False, True),  # outsiders are promise 14's
}
# A principal of each form that is not of this account.
FOREIGN: dict[NameKind, Any] = {
    NameKind.EVERYONE: {"AWS": "*"},
    NameKind.ACCOUNT: {"AWS": THERE},
    NameKind.CANONICAL: {"CanonicalUser": CANONICAL},
    NameKind.ARN: {"AWS": f"arn:aws:iam::{THERE}:role/Job"},
    NameKind.SERVICE: {"Service": "logging.s3.amazonaws.com"},
    NameKind.FEDERATED: {"Federated": f"arn:aws:iam::{THERE}:saml-provider/Staff"},
    NameKind.ORIGIN_ACCESS: {"AWS": CLOUDFRONT},
    NameKind.OTHER: {"AWS": "AROAEXAMPLEID"},
}


def _forms(make: Any) -> dict[str, Any]:
    return {kind.name.replace("_", ""): make(principal) for kind, principal in FOREIGN.items()}


FOUND = {
    kind.name.replace("_", ""): Verdict.UNKNOWN if kind is NameKind.OTHER else Verdict.BROKEN
    for kind in NameKind
}


def test_every_set_of_callers_says_yes_or_no_to_every_kind(tmp_path: Path) -> None:
    world = world_of_resources(tmp_path, bucket_for({"Principal": {"AWS": HERE}}))
    assert set(IN_SETS) == set(CallerKind)
    for place, of_world in enumerate(SETS):
        kinds = {each.kind for each in of_world(world)}
        assert kinds == {kind for kind, row in IN_SETS.items() if row[place]}, of_world.__name__


def test_every_form_of_principal_is_tried() -> None:
    assert set(FOREIGN) == set(NameKind)
    for kind, principal in FOREIGN.items():
        ((element, text),) = principal.items()
        assert parse_principal_name(element, text).kind is kind


@pytest.mark.parametrize("number", [12, 14])
def test_a_foreign_caller_is_found_on_a_key(tmp_path: Path, number: int) -> None:
    assert verdicts(tmp_path, number, {**_forms(key_for), "Own": key_for({"AWS": HERE})}) == (
        FOUND | ({} if number == 14 else {"Own": Verdict.BROKEN})
    )


def test_a_form_that_is_not_known_is_undecided_by_name(tmp_path: Path) -> None:
    found = judged_resources(tmp_path, 14, {"Key": key_for(FOREIGN[NameKind.OTHER])})
    assert found.verdict is Verdict.UNKNOWN
    assert all("principal 'AROAEXAMPLEID' names" in each.what for each in found.breaches)


def test_a_foreign_caller_is_found_on_a_bucket(tmp_path: Path) -> None:
    buckets = [
        bucket_for({"Principal": principal}, name=kind.name.replace("_", ""))
        for kind, principal in FOREIGN.items()
    ]
    resources = {name: body for each in buckets for name, body in each.items()}
    assert verdicts(tmp_path, 14, resources) == FOUND


def test_a_foreign_caller_is_found_on_a_role(tmp_path: Path) -> None:
    assert verdicts(tmp_path, 14, _forms(lambda each: role_for(each, "sts:*"))) == FOUND


def _subjects(*patterns: str, operator: str = "StringLike") -> dict[str, Any]:
    return {operator: {f"{ISSUER}:sub": [*patterns]}}


PROVIDERS: list[tuple[Any, str, list[dict[str, Any]], bool]] = [
    ({"Federated": OURS}, WEB, [_subjects("repo:us/models:*")], True),
    ({"Federated": OURS}, WEB, [_subjects("repo:us/*")], True),
    ({"Federated": OURS}, WEB, [_subjects("repo:us/a:ref", operator="StringEquals")], True),
    ({"Federated": OURS}, WEB, [_subjects("repo:us/models:*", "repo:*")], False),
    ({"Federated": OURS}, WEB, [_subjects("repo:us*")], False),
    ({"Federated": OURS}, WEB, [_subjects("repo:us/a:*", operator="StringNotLike")], False),
    ({"Federated": OURS}, WEB, [_subjects("repo:us/*", operator="StringLikeIfExists")], False),
    ({"Federated": OURS}, WEB, [{"StringEquals": {f"{ISSUER}:aud": "sts"}}], False),
    (
        {"Federated": OURS.replace(HERE, THERE)},
        WEB,
        [_subjects("repo:us/models:*")],
        False,
    ),
    ({"Federated": f"arn:aws:iam::{HERE}:saml-provider/Staff"}, SAML, [], True),
    ({"Federated": f"arn:aws:iam::{THERE}:saml-provider/Staff"}, SAML, [], False),
    ({"Federated": COGNITO}, WEB, [POOL, MEMBERS], True),
    ({"Federated": COGNITO}, WEB, [POOL], False),
    ({"Federated": COGNITO}, WEB, [MEMBERS], False),
    ({"Federated": "accounts.google.com"}, WEB, [], False),
]


def test_identity_providers_let_in_whom_a_role_names(tmp_path: Path) -> None:
    roles = {f"Role{n}": role_for(*row[:2], *row[2]) for n, row in enumerate(PROVIDERS)}
    broken = {f"Role{n}": Verdict.BROKEN for n, row in enumerate(PROVIDERS) if not row[3]}
    assert verdicts(tmp_path, 14, roles) == broken


def test_those_whom_identity_providers_let_in_are_printed(tmp_path: Path) -> None:
    """A name in full may be anybody's: people have to look at it."""
    found = judged_resources(
        tmp_path,
        14,
        {
            "Ci": role_for({"Federated": OURS}, WEB, _subjects("repo:us/a:ref", "repo:us/b:*")),
            "Staff": role_for({"Federated": f"arn:aws:iam::{HERE}:saml-provider/Staff"}, SAML),
        },
    )
    assert found.verdict is Verdict.PROVED
    assert found.exceptions == (
        f"+team.Ci+ lets in, through {OURS}, repo:us/a:ref or repo:us/b:*",
        f"+team.Staff+ lets in, through arn:aws:iam::{HERE}:saml-provider/Staff, everybody",
    )


def test_every_way_is_shown_and_the_action_that_people_fear_first(tmp_path: Path) -> None:
    found = judged_resources(
        tmp_path,
        14,
        bucket_for(
            {"Sid": "One", "Principal": {"AWS": THERE}, "Action": "s3:*"},
            {"Sid": "Two", "Principal": {"CanonicalUser": CANONICAL}},
            {"Sid": "Three", "Principal": {"AWS": CLOUDFRONT}},
            {"Sid": "Four", "Principal": {"Service": "logging.s3.amazonaws.com"}},
        ),
    )
    shown = [(each.request and each.request.action, each.statements) for each in found.breaches]
    assert {action for action, _ in shown} == {"s3:GetObject"}
    statements = {text.rpartition("(")[2].strip(")") for _, texts in shown for text in texts}
    assert statements == {"One", "Two", "Three", "Four"}
    assert len(shown) == len(statements)


def test_a_hole_without_a_statement_is_shown_by_its_callers(tmp_path: Path) -> None:
    found = judged_resources(
        tmp_path, 1, bucket_for({"Principal": {"Service": "logging.s3.amazonaws.com"}})
    )
    assert found.verdict is Verdict.BROKEN
    callers = {each.request.caller.kind for each in found.breaches if each.request}
    assert callers == {CallerKind.ROLE, CallerKind.SERVICE}
