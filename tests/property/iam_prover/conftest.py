"""Random policies and requests over a small world, so that they often meet."""

from __future__ import annotations

import os
import random
import secrets
from dataclasses import dataclass, replace
from typing import Any

import pytest

from iam_prover.evaluator import ARBITRARY, Arbitrary, PoliciesInForce
from iam_prover.parsing import parse_policy
from iam_prover.policy import Policy, PolicyKind
from iam_prover.principals import (
    ANONYMOUS,
    Caller,
    CallerKind,
    federated,
    role,
    root,
    service,
    user,
)
from iam_prover.request import ALWAYS_SET, Request

HERE, THERE = "111122223333", "444455556666"
ROLES = (f"arn:aws:iam::{HERE}:role/Job", f"arn:aws:iam::{HERE}:role/team/Scientist")
USER = f"arn:aws:iam::{HERE}:user/ann"
STRANGER = f"arn:aws:iam::{THERE}:role/Job"
GITHUB = f"arn:aws:iam::{HERE}:oidc-provider/token.actions.githubusercontent.com"
SAML = f"arn:aws:iam::{THERE}:saml-provider/Staff"
COGNITO = "cognito-identity.amazonaws.com"
DELIVERY, DOTTED = "logging.s3.amazonaws.com", "logs.eu-central-1.amazonaws.com"
CLOUDFRONT = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"
CANONICAL = {HERE: "decaf", THERE: "c0ffee"}
SSO = f"arn:aws:iam::{THERE}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"
IDENTITIES: tuple[Caller, ...] = (
    role(ROLES[0]),
    role(ROLES[0], "other"),
    role(ROLES[1]),
    user(USER),
    root(HERE),
    role(STRANGER),
    role(SSO, "ann@example.com"),
)
CALLERS: tuple[Caller, ...] = (
    *(replace(each, canonical_id=CANONICAL[str(each.account)]) for each in IDENTITIES),
    service("events.amazonaws.com"),
    service(DELIVERY),
    service(DOTTED),
    federated(GITHUB),
    federated(SAML),
    federated(COGNITO),
    Caller(CallerKind.ORIGIN_ACCESS, CLOUDFRONT),
    ANONYMOUS,
)
PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": HERE},
    {"AWS": f"arn:aws:iam::{THERE}:root"},
    {"AWS": ROLES[0]},
    {"AWS": [ROLES[1], USER]},
    {"AWS": f"arn:aws:sts::{HERE}:assumed-role/Job/session"},
    {"AWS": [STRANGER, HERE]},
    {"Service": "events.amazonaws.com"},
    {"Service": "events.amazonaws.com", "AWS": ROLES[0]},
    {"Service": [DELIVERY, DOTTED]},
    {"Service": DOTTED, "AWS": CLOUDFRONT},
    {"Federated": GITHUB},
    {"Federated": [SAML, COGNITO], "AWS": SSO},
    {"AWS": CLOUDFRONT},
    {"CanonicalUser": CANONICAL[HERE]},
    {"CanonicalUser": [*CANONICAL.values()], "Service": DELIVERY},
)
ACTIONS = ("s3:GetObject", "s3:PutObject", "kms:Decrypt", "sagemaker:CreateModel")
ACTION_PATTERNS = ("*", "s3:*", "S3:get*", "s3:?utObject", "kms:Decrypt", "sagemaker:*", "*:*")
RESOURCES = (
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/ann/x",
    "arn:aws:s3:::b/red:1",
    "arn:aws:s3:::c",
)
RESOURCE_PATTERNS = (
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::?",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${aws:PrincipalTag/team, 'ann'}*",
    "arn:aws:s3:::b/*/${aws:PrincipalTag/team}",
    "arn:aws:s3:::b/${aws:TagKeys}",
    "arn:*:s3:*/*",
)


@dataclass(frozen=True)
class KeyWorld:
    """What the random policies and requests say of one key."""

    operators: tuple[str, ...]
    policy_values: tuple[str, ...]
    request_values: tuple[str, ...]
    many: bool = False


_TEXT = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike")
_CASE = ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
_COLOURS = ("red", "blue", "r*", "?e?", "b*e")
_ORDERED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
KEYS = {
    "aws:SourceVpce": KeyWorld(_TEXT, ("vpce-1", "vpce-2", "vpce-*"), ("vpce-1", "vpce-2", "v")),
    "aws:PrincipalTag/team": KeyWorld((*_TEXT, *_CASE), _COLOURS, ("red", "Red", "blue")),
    "s3:prefix": KeyWorld(
        (*_TEXT, *_CASE),
        ("ann", "${aws:username}", "${aws:PrincipalTag/team}", "a${*}", "x-${aws:username}-*"),
        ("ann", "red", "a*", "x-ann-1", "ANN"),
    ),
    "aws:TagKeys": KeyWorld(_TEXT, _COLOURS, ("red", "blue", "green"), many=True),
    "sagemaker:VpcSubnets": KeyWorld(_TEXT, ("s-1", "s-2", "s-*"), ("s-1", "s-2", "t"), many=True),
    "acme:Labels": KeyWorld((*_TEXT, *_CASE), _COLOURS, ("red", "Blue", "green"), many=True),
    "aws:SecureTransport": KeyWorld(("Bool",), ("true", "false"), ("true", "false")),
    "aws:ViaAWSService": KeyWorld(("Bool",), ("true", "false"), ("true", "false")),
    "aws:ResourceAccount": KeyWorld(_TEXT, (HERE, THERE), (HERE, THERE)),
    "aws:PrincipalArn": KeyWorld(
        ("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike", "StringLike"),
        (ROLES[0], f"arn:aws:iam::{HERE}:role/*", "arn:aws:iam::*:role/team/*", USER),
        (),
    ),
    "aws:SourceArn": KeyWorld(
        ("ArnEquals", "ArnNotLike"),
        ("arn:aws:sns:*:1:t", "arn:aws:sns:*:*:t*", "arn:aws:*::1:*", "*"),
        ("arn:aws:sns:eu:1:t", "arn:aws:sns:e:u:1:t", "t", "arn:aws:sqs::1:a:b"),
    ),
    "aws:SourceAccount": KeyWorld(_TEXT, (HERE, THERE, "1*"), (HERE, THERE)),
    "token.actions.githubusercontent.com:sub": KeyWorld(
        (*_TEXT, *_CASE),
        ("repo:us/models:*", "repo:us/*", "repo:*", "REPO:us/models:ref"),
        ("repo:us/models:ref", "repo:them/models:ref", "repo:us/tools:ref"),
    ),
    f"{COGNITO}:amr": KeyWorld(
        _TEXT, ("authenticated", "un*"), ("authenticated", "unauthenticated", "x"), many=True
    ),
    "s3:max-keys": KeyWorld(
        tuple(f"Numeric{end}" for end in _ORDERED), ("10", "2.5", "0"), ("10", "9.99", "2.5", "-1")
    ),
    "aws:CurrentTime": KeyWorld(
        tuple(f"Date{end}" for end in _ORDERED),
        ("2026-01-01T00:00:00Z", "1767225600", "2026-06-01"),
        ("2026-01-01T00:00:00Z", "2026-03-01T12:00:00Z", "2027-01-01T00:00:00Z"),
    ),
    "aws:SourceIp": KeyWorld(
        ("IpAddress", "NotIpAddress"),
        ("10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0"),
        ("10.1.2.3", "192.168.0.1", "2001:db8::1"),
    ),
    "acme:Size": KeyWorld(("NumericLessThan", "StringEquals"), ("5", "7"), ("4", "5", "7")),
}


class Generator:
    """Draws policies and requests.

    Parameters
    ----------
    seed : int
        Printed by the tests that use it.
    """

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)  # noqa: S311 - no secret

    callers, actions, account = CALLERS, ACTIONS, HERE
    resources: tuple[str, ...] = RESOURCES
    resource_patterns: tuple[str, ...] = RESOURCE_PATTERNS
    keys = KEYS

    def chance(self, probability: float) -> bool:
        return self.pick.random() < probability

    def request(self) -> Request:
        pick = self.pick
        context: dict[str, tuple[str, ...]] = {}
        real = self.chance(0.7)
        for name, world in self.keys.items():
            kept = real and name in ALWAYS_SET
            if not world.request_values or (self.chance(0.45) and not kept):
                continue
            count = pick.choice((1, 1, 2, 3)) if world.many else 1
            context[name] = tuple(dict.fromkeys(pick.choices(world.request_values, k=count)))
        if "aws:ResourceAccount" in context and self.chance(0.7):
            context["aws:ResourceAccount"] = (HERE,)
        caller = pick.choice(CALLERS if self.chance(0.5) else CALLERS[:3])
        return Request(caller, pick.choice(self.actions), pick.choice(self.resources), context)

    def policies(self) -> PoliciesInForce:
        identity: tuple[Policy, ...] | Arbitrary = (self.policy(PolicyKind.IDENTITY),)
        resource: tuple[Policy, ...] | Arbitrary = (self.policy(PolicyKind.RESOURCE),)
        return PoliciesInForce(
            ARBITRARY if self.chance(0.35) else identity,
            self.policy(PolicyKind.BOUNDARY) if self.chance(0.3) else None,
            () if self.chance(0.3) else (ARBITRARY if self.chance(0.1) else resource),
            self.policy(PolicyKind.ENDPOINT) if self.chance(0.2) else None,
            resource_policy_decides=self.chance(0.15),
        )

    def policy(self, kind: PolicyKind) -> Policy:
        count = self.pick.choice((1, 2, 2, 3))
        statements = [self._statement(kind) for _ in range(count)]
        version = "2012-10-17" if self.chance(0.95) else "2008-10-17"
        return parse_policy({"Version": version, "Statement": statements}, kind, kind.value)

    def _statement(self, kind: PolicyKind) -> dict[str, Any]:
        pick = self.pick
        effect = "Allow" if self.chance(0.75) else "Deny"
        statement: dict[str, Any] = {"Effect": effect}
        inverted = "Not" if self.chance(0.12) else ""
        patterns = ("*", *ACTION_PATTERNS) if self.chance(0.5) else ACTION_PATTERNS
        statement[f"{inverted}Action"] = pick.sample(patterns, pick.choice((1, 1, 2)))
        if kind is not PolicyKind.RESOURCE or self.chance(0.8):
            inverted = "Not" if self.chance(0.12) else ""
            sample = ["*"] if self.chance(0.4) else pick.sample(self.resource_patterns, 2)
            statement[f"{inverted}Resource"] = sample
        if kind.has_principals and self.chance(0.97):
            inverted = "Not" if effect == "Deny" and self.chance(0.25) else ""
            statement[f"{inverted}Principal"] = "*" if self.chance(0.3) else pick.choice(PRINCIPALS)
        if self.chance(0.35 if effect == "Allow" else 0.9):
            statement["Condition"] = self._conditions()
        return statement

    def _conditions(self) -> dict[str, dict[str, Any]]:
        pick = self.pick
        block: dict[str, dict[str, Any]] = {}
        for _ in range(pick.choice((1, 1, 2))):
            name = pick.choice(tuple(self.keys))
            world = self.keys[name]
            if self.chance(0.15):
                block.setdefault("Null", {})[name] = pick.choice(("true", "false"))
                continue
            operator = pick.choice(world.operators)
            if self.chance(0.8 if world.many else 0.15):
                operator = pick.choice(("ForAllValues:", "ForAnyValue:")) + operator
            if self.chance(0.25):
                operator += "IfExists"
            spelled = name.upper() if self.chance(0.1) else name
            count = min(len(world.policy_values), pick.choice((1, 1, 2)))
            block.setdefault(operator, {})[spelled] = pick.sample(world.policy_values, count)
        return block


CHOSEN_SEEDS = (1, 942467372)
"""The same in every default run; the second once found a name that was left open."""


@dataclass(frozen=True)
class Draw:
    """A source of random questions, and how many to ask."""

    generator: Generator
    cases: int


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask a few questions of chosen seeds by default, 20,000 of a fresh seed with ``-m slow``."""
    if "draw" not in metafunc.fixturenames:
        return
    fresh = int(os.environ.get("PROOFS_SEED", secrets.randbelow(10**9)))
    full = int(os.environ.get("PROOFS_CASES", "20000"))
    chosen = [pytest.param((seed, 400), id=str(seed)) for seed in CHOSEN_SEEDS]
    slow = [pytest.mark.slow, pytest.mark.timeout(1800)]
    many = pytest.param((fresh, full), id="fresh", marks=slow)
    metafunc.parametrize("draw", [*chosen, many], indirect=True)


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """Draw from the seed of this case; shown on failure, PROOFS_SEED repeats it."""
    seed, cases = request.param
    print(f"PROOFS_SEED={seed}")  # noqa: T201 - how to repeat a failure
    return Draw(Generator(seed), cases)
