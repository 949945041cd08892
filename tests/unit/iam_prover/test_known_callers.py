"""A policy variable that a known caller fills is decided, not left open."""

from __future__ import annotations

import pytest

from iam_prover.answers import Impossible, Possible
from iam_prover.encoding.solve import ask
from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.principals import user
from iam_prover.question import Question, only
from iam_prover.request import Request

ANN = user("arn:aws:iam::111122223333:user/ann")


@pytest.mark.parametrize(
    ("operator", "prefix", "allowed"),
    [
        ("StringNotEqualsIgnoreCase", "ANN", False),
        ("StringNotEqualsIgnoreCase", "bob", True),
        ("StringEqualsIgnoreCase", "ANN", True),
        ("StringEqualsIgnoreCase", "bob", False),
    ],
)
def test_a_name_is_compared_in_any_case(operator: str, prefix: str, allowed: bool) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": "*",
        "Condition": {operator: {"s3:prefix": "${aws:username}"}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    policy = parse_policy(document, PolicyKind.IDENTITY, "identity policy")
    policies = PoliciesInForce((policy,), None, (), None)
    request = Request(ANN, "s3:ListBucket", "arn:aws:s3:::b", {"s3:prefix": (prefix,)})
    assert decide(request, policies).allowed is allowed
    answer = ask(Question(policies, only(request)))
    assert isinstance(answer, Possible if allowed else Impossible)
    assert not isinstance(answer, Possible) or answer.free == ()
