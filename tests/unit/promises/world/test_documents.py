"""Policies as texts, and policies of which the form is not known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from iam_prover.errors import PolicyError
from iam_prover.policy import Effect, PolicyKind
from mlops_common.errors import MlopsError
from mlops_common.symbols import opened
from promises.world.documents import read_policy
from promises.world.open_policies import open_in_policy
from promises.world.open_properties import open_values_read, watched

OPEN = opened("team", "Name", "Value")
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}


def test_a_text_that_is_known_is_parsed() -> None:
    text = '{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'
    (statement,) = read_policy(text, PolicyKind.IDENTITY, "team/Job").statements
    assert [each.text for each in statement.actions.patterns] == ["s3:get*"]
    with pytest.raises(MlopsError, match="team/Job: its policy is not JSON"):
        read_policy("{", PolicyKind.IDENTITY, "team/Job")


@pytest.mark.parametrize("kind", list(PolicyKind))
@pytest.mark.parametrize(
    "document",
    [
        OPEN,
        [OPEN],
        f'{{"Statement": [{{"Effect": "Allow", "Action": "s3:*", "Resource": "{OPEN}"}}]}}',
        {"Statement": OPEN},
        {"Statement": [OPEN]},
        {"Version": OPEN, "Statement": [STATEMENT]},
        {"Statement": [{**STATEMENT, "Effect": OPEN}]},
        {"Statement": [{**STATEMENT, "Effect": [OPEN]}]},
        {"Statement": [{**STATEMENT, "Principal": OPEN}]},
        {"Statement": [{**STATEMENT, "Condition": [OPEN]}]},
        {"Statement": [{**STATEMENT, "Condition": {"StringEquals": OPEN}}]},
    ],
)
def test_what_is_not_known_may_allow_and_deny_anything(document: Any, kind: PolicyKind) -> None:
    policy = read_policy(document, kind, "team/Job")
    assert [each.effect for each in policy.statements] == [Effect.ALLOW, Effect.DENY]
    assert open_in_policy(policy) == ("team/Name.Value",)


def test_a_policy_of_the_same_text_is_the_same_and_what_it_leaves_open_is_noted_again() -> None:
    statement = {"Effect": "Allow", "Action": opened("stack", "Topic", "Arn"), "Resource": "*"}
    found = []
    for where in ("here", "here", "there"):
        with open_values_read() as read:
            found.append(
                read_policy(watched({"Statement": [statement]}), PolicyKind.IDENTITY, where)
            )
        assert set(read) == {"stack/Topic.Arn"}
    assert found[0] is found[1]
    assert found[2].where == "there"


def test_a_policy_that_json_cannot_write_is_judged_as_before() -> None:
    with pytest.raises(PolicyError, match="unknown policy version"):
        read_policy({"Version": date(2012, 10, 17), "Statement": []}, PolicyKind.IDENTITY, "here")
