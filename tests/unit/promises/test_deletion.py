"""A key ends with its stack only where the deployment agreed, and then that is assumed aloud."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_contract.metadata import ASSUMPTIONS
from promises.catalog import PROMISES
from promises.claims import Fact, Undecided
from promises.world import worlds_of

if TYPE_CHECKING:
    from pathlib import Path

RETAIN, DELETE = "Retain", "Delete"
CONDITION = {"Fn::If": ["Prod", "Retain", "Delete"]}


def said_of(folder: Path, **body: Any) -> list[tuple[bool | None, str]]:
    """Judge a key: what is said of its end, and whether it holds; None where it is open."""
    template = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Stage": {"Type": "String"}, "End": {"Type": "String"}},
        "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": {"Key": {"Type": "AWS::KMS::Key", **body}},
    }
    file = folder / "team.json"
    file.write_text(json.dumps(template))
    (world,) = worlds_of([file])
    (promise,) = (each for each in PROMISES if each.number == 15)
    return [
        (None if isinstance(claim, Undecided) else claim.holds, claim.what)
        for claim in promise.claims(world)
        if isinstance(claim, Fact | Undecided) and "outlives its stack" in claim.what
    ]


@pytest.mark.parametrize(
    ("ending", "replaced", "holds"),
    [
        (RETAIN, RETAIN, True),
        ("RetainExceptOnCreate", RETAIN, True),
        (DELETE, RETAIN, False),
        (RETAIN, DELETE, False),
        (None, None, False),
        ({"Ref": "End"}, RETAIN, None),
    ],
)
def test_a_key_outlives_its_stack(
    tmp_path: Path, ending: object, replaced: object, *, holds: bool | None
) -> None:
    policies = {"DeletionPolicy": ending, "UpdateReplacePolicy": replaced}
    given = {name: value for name, value in policies.items() if value is not None}
    ((found, _),) = said_of(tmp_path, **given)
    assert found is holds


def test_a_condition_decides_in_each_case(tmp_path: Path) -> None:
    found = said_of(tmp_path, DeletionPolicy=CONDITION, UpdateReplacePolicy=RETAIN)
    assert sorted((holds, what.rpartition("[")[2]) for holds, what in found) == [
        (False, "Stage other than 'prod']"),
        (True, "Stage=prod]"),
    ]


def test_what_the_deployment_agreed_to_is_assumed(tmp_path: Path) -> None:
    deployer = "arn:aws:iam::123456789012:role/cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": deployer},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = {"KeyPolicy": {"Version": "2012-10-17", "Statement": [statement]}}
    rows = [{"promise": "15", "assumption": "keys go with their stack"}]
    agreed = {ASSUMPTIONS.name: rows}
    assert said_of(tmp_path, DeletionPolicy=DELETE, Properties=policy, Metadata=agreed) == []
    ((holds, _),) = said_of(tmp_path, DeletionPolicy=DELETE, Properties=policy)
    assert holds is False
