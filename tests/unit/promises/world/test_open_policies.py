"""Whatever an open value turns out to be lies between the narrowest and the widest policies."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.policy import PolicyKind
from iam_prover.principals import role, user
from iam_prover.question import Question, RequestPattern, anyone
from iam_prover.request import Request
from iam_prover.templates import parse_template
from mlops_common.symbols import generated, opened
from promises.world.documents import read_policy
from promises.world.name_patterns import may_cut
from promises.world.open_policies import range_of_question, range_of_request

ACCOUNT = "111122223333"
OPEN = opened("dev", "Own", "Value")
BUCKET = f"arn:aws:s3:::{generated('dev', 'Bucket')}"
ANN, JOB = f"arn:aws:iam::{ACCOUNT}:user/ann", f"arn:aws:iam::{ACCOUNT}:role/job"
VALUES = (
    "*",
    ANN,
    JOB,
    ACCOUNT,
    "arn:aws:s3:::data/a",
    "arn:aws:s3:::data/*",
    "10",
    "true",
    "s3:*",
)
CONDITIONS = (
    {"StringEquals": {"aws:PrincipalTag/team": [OPEN, "red"]}},
    {"StringNotEquals": {"aws:PrincipalTag/team": [OPEN, "red"]}},
    {"StringLike": {"aws:PrincipalTag/team": OPEN}},
    {"ArnNotLike": {"aws:PrincipalArn": OPEN}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": [OPEN, "red"]}},
    {"Null": {"aws:PrincipalTag/team": OPEN}},
    {"NumericLessThan": {"s3:max-keys": OPEN}},
)
SHAPES: tuple[dict[str, Any], ...] = (
    {"Principal": {"AWS": OPEN}},
    {"Principal": {"AWS": [OPEN, ANN]}},
    {"NotPrincipal": {"AWS": [OPEN, ANN]}},
    {"Action": OPEN},
    {"NotAction": [OPEN, "s3:PutObject"]},
    {"Resource": OPEN},
    {"Resource": [OPEN, "arn:aws:s3:::data/b"]},
    {"NotResource": [OPEN, "arn:aws:s3:::data/b"]},
    *({"Condition": each} for each in CONDITIONS),
)


def _policies(text: str) -> PoliciesInForce:
    document = json.loads(text)
    return PoliciesInForce(resource=(read_policy(document, PolicyKind.RESOURCE, "p"),))


def _requests() -> list[Request]:
    contexts: tuple[dict[str, tuple[str, ...]], ...] = (
        {},
        {"aws:PrincipalTag/team": ("red",)},
        {"s3:max-keys": ("5",)},
    )
    return [
        Request(who, "s3:GetObject", f"arn:aws:s3:::data/{name}", context)
        for who, name, context in itertools.product((user(ANN), role(JOB)), "ab", contexts)
    ]


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_value_lies_between_the_bounds(effect: str, shape: dict[str, Any]) -> None:
    if effect == "Allow" and "NotPrincipal" in shape:
        pytest.skip("IAM takes no NotPrincipal with Allow")
    everybody = {"Principal": "*", "Action": "s3:*", "Resource": "*"}
    rest = {
        name: value
        for name, value in everybody.items()
        if name not in shape and f"Not{name}" not in shape
    }
    other = [{"Effect": "Allow", **everybody}] if effect == "Deny" else []
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": effect, **rest, **shape}, *other]}
    )
    seen = 0
    for request in _requests():
        found = range_of_request(request, _policies(text))
        assert found is not None
        assert found.unknown == ("dev/Own.Value",)
        least = decide(request, found.narrowest).allowed
        most = decide(request, found.widest).allowed
        for value in VALUES:
            try:
                policies = _policies(text.replace(OPEN, value))
            except Exception:  # noqa: BLE001, S112 - not every value can stand everywhere
                continue
            allowed = decide(request, policies).allowed
            assert least <= allowed <= most, value
            seen += 1
    assert seen


def test_a_request_with_an_open_value_in_it_is_marked() -> None:
    text = '{"Version": "2012-10-17", "Statement": []}'
    found = range_of_request(
        Request(user(ANN), "s3:GetObject", f"arn:aws:s3:::{OPEN}/a"), _policies(text)
    )
    assert found is not None
    assert found.of_request


def test_policies_without_anything_open_have_no_range() -> None:
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": BUCKET},
        }
    )
    question = Question(_policies(text), RequestPattern(anyone(account=ACCOUNT), ("s3:GetObject",)))
    assert range_of_question(question) is None


@pytest.mark.parametrize(
    ("pattern", "text", "cut"),
    [
        ("*", BUCKET, False),
        ("arn:aws:s3:::*", BUCKET, False),
        ("arn:aws:s3:::*/logs/*", f"{BUCKET}/*", False),
        ("arn:aws:s3:::team-*", BUCKET, True),
        ("arn:aws:s3:::*-logs", BUCKET, True),
        ("arn:aws:s3:::??*", BUCKET, True),
        ("arn:aws:sqs:*", BUCKET, False),
        (f"{BUCKET}/*", BUCKET, False),
        (f"{BUCKET}/*", f"{BUCKET}/a", False),
        (f"{BUCKET}*", f"{BUCKET}/a", False),
        ("arn:aws:s3:::team-*", "arn:aws:s3:::" + generated("dev", "Bucket") + "/a", True),
        ("arn:aws:s3:::team-*/x", f"{BUCKET}/*", True),
        ("arn:aws:s3:::team/*", BUCKET, False),
        ("arn:aws:s3:::team/*", f"{BUCKET}/*", False),
        ("arn:aws:s3:::team*/a", f"{BUCKET}/*", True),
        ("*team*", BUCKET, True),
        ("arn:*:iam::*:role/secure-*", f"arn:aws:iam::1:role/{generated('dev', 'Role')}", True),
        ("arn:*:iam::*:role/*", f"arn:aws:iam::1:role/{generated('dev', 'Role')}", False),
    ],
)
def test_a_pattern_that_cuts_a_generated_name_is_told_from_one_that_covers_it(
    pattern: str, text: str, cut: bool
) -> None:
    template = parse_template(pattern, wildcards=True, variables=False)
    assert may_cut(template, text) is cut
