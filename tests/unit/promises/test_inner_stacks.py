"""Nested stacks and sets of stacks are read where their templates are at hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from promises.claims import Undecided
from tests.unit.promises.test_types import BY_NUMBER, OTHERS, OURS, problems, thing, world_of

if TYPE_CHECKING:
    from pathlib import Path

    from promises.world import World


def test_a_nested_template_beside_its_parent_is_read(tmp_path: Path) -> None:
    inner = {"Parameters": {"To": {"Type": "String"}}, "Resources": {
        "Sub": thing("SNS::Subscription", Protocol="https", Endpoint={"Ref": "To"})}}  # fmt: skip
    (tmp_path / "inner.json").write_text(json.dumps(inner))
    stack = thing(
        "CloudFormation::Stack",
        TemplateURL="inner.json",
        Parameters={"To": "https://a.example"},
    )
    world = world_of(tmp_path, Inner=stack)
    ((where, what),) = problems(world, 14)
    assert (where, "a.example" in what) == ("Sub", True)


def test_a_template_that_is_not_at_hand_leaves_all_undecided(tmp_path: Path) -> None:
    stack = thing("CloudFormation::Stack", TemplateURL="https://a.example/t.yaml")
    world = world_of(tmp_path, Inner=stack)
    assert_all_undecided(world)


def assert_all_undecided(world: World) -> None:
    for number, promise in BY_NUMBER.items():
        said = [each.what for each in promise.claims(world) if isinstance(each, Undecided)]
        assert any("is not among the files" in what for what in said), number


SUBSCRIPTION = """
Parameters: {To: {Type: String}}
Resources:
  Sub: {Type: "AWS::SNS::Subscription", Properties: {Protocol: https, Endpoint: !Ref To}}
"""


def stack_set(account: object, body: object = SUBSCRIPTION) -> dict[str, Any]:
    return thing(
        "CloudFormation::StackSet",
        StackSetName="set",
        PermissionModel="SELF_MANAGED",
        TemplateBody=body,
        Parameters=[{"ParameterKey": "To", "ParameterValue": "https://a.example"}],
        StackInstancesGroup=[
            {"DeploymentTargets": {"Accounts": [account]}, "Regions": ["us-east-1"]}
        ],
    )


def test_a_set_of_stacks_of_this_account_is_read(tmp_path: Path) -> None:
    world = world_of(tmp_path, Set=stack_set({"Ref": "AWS::AccountId"}))
    ((where, what),) = problems(world, 14)
    assert (where, "a.example" in what) == ("Sub", True)


def test_a_set_of_stacks_elsewhere_leaves_all_undecided(tmp_path: Path) -> None:
    assert_all_undecided(world_of(tmp_path, Set=stack_set(OTHERS)))


def test_a_text_that_is_no_template_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match="stack template: TemplateBody of Set: is not a Cloud"):
        world_of(tmp_path, Set=stack_set(OURS, "Description: nothing"))
