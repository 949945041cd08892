"""Limits of AWS are checked on resolved values: one byte too much is found by name."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from environments import load_environment
from environments.settings import LONGEST_NAME
from mlops_contract.limits import LIMITS, WITHOUT_LIMITS, Limit
from mlops_contract.prices import FILE as PRICES
from promises.limits import Beyond, beyond_limits, measured
from promises.world import World, worlds_of
from tests.synthesis import SETTINGS
from tests.template import existing

if TYPE_CHECKING:
    from pathlib import Path

POLICIES = ("PolicyDocument", "KeyPolicy")
PRICED = tuple(json.loads(PRICES.read_text(encoding="utf-8"))["regions"])
# And those with the longest names, in the partitions of AWS and of GovCloud.
REGIONS = (*PRICED, "ap-northeast-1", "ap-southeast-2", "us-gov-east-1", "us-gov-west-1")


@pytest.fixture(scope="module")
def worlds(all_environments: Path) -> list[World]:
    return worlds_of([all_environments])


@pytest.fixture(scope="module")
def dev(worlds: list[World]) -> World:
    (world,) = (each for each in worlds if each.name == "dev")
    return world


def test_the_templates_are_within_and_each_limit_is_measured(dev: World) -> None:
    assert [str(each) for each in beyond_limits(dev)] == []
    seen = {each.what for each in measured(dev)}
    assert {"PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "RoleName"} <= seen
    assert "Stages.Actions.Configuration.*" in seen
    assert all(each.source and each.most for each in LIMITS)


def test_every_type_in_use_is_measured_or_said_to_have_no_limit(worlds: list[World]) -> None:
    kinds = {each.kind for world in worlds for each in world.resources}
    of = {each.where: each.kind for world in worlds for each in world.resources}
    seen = {of.get(each.where) for world in worlds for each in measured(world)}
    assert kinds - seen == set(WITHOUT_LIMITS)


@pytest.mark.parametrize("spare", [0, 1])
@pytest.mark.parametrize("limit", LIMITS, ids=lambda each: f"{each.kind} {each.property}")
def test_one_too_much_is_found_by_name(dev: World, limit: Limit, spare: int) -> None:
    first = next(dev.of_kind(limit.kind), dev.resources[0])
    size = limit.most + spare
    value: Any = [{}] * size if limit.counts else "x" * size
    if limit.property.startswith("PolicyDocument") and not limit.counts:
        empty = len(json.dumps({"Statement": ""}, separators=(",", ":")))
        value = {"Statement": "x" * (size - empty)}
    for name in reversed(limit.property.split(".")):
        value = {name: value}
    grown = dataclasses.replace(first, kind=limit.kind, properties=value)
    world = dataclasses.replace(dev, resources=(grown,))
    found = [str(each) for each in beyond_limits(world) if each.limit == limit.most]
    assert len(found) == spare
    for each in found:
        assert first.logical_id in each
        assert f"{size:,}, and AWS takes {limit.most:,}" in each


def test_a_name_of_another_form_than_the_schemas_is_found(dev: World) -> None:
    (alias, *_) = dev.of_kind("AWS::KMS::Alias")
    wrong = dataclasses.replace(alias, properties={"AliasName": "no prefix"})
    (found,) = beyond_limits(dataclasses.replace(dev, resources=(wrong,), stacks=()))
    assert alias.logical_id in str(found)
    assert "'no prefix'" in str(found)


def _partition(region: str) -> str:
    starts = {"us-gov-": "aws-us-gov", "cn-": "aws-cn", "eusc-": "aws-eusc"}
    starts |= {"us-iso-": "aws-iso", "us-isob-": "aws-iso-b", "us-isof-": "aws-iso-f"}
    starts |= {"eu-isoe-": "aws-iso-e"}
    return next((name for start, name in starts.items() if region.startswith(start)), "aws")


def _elsewhere(world: World, region: str) -> list[Beyond]:
    """Measure what the templates say in another region, of an environment with a long name."""
    name = "e" * LONGEST_NAME

    def there(value: Any) -> Any:
        text = json.dumps(value).replace(world.region, region)
        text = text.replace("arn:aws:", f"arn:{_partition(region)}:")
        return json.loads(re.sub(r"(?<=[-/:])(dev|staging|prod)(?![\w.])", name, text))

    resources = tuple(
        dataclasses.replace(each, properties=there(each.properties))
        for each in world.resources
        if each.kind in {limit.kind for limit in LIMITS} | {"AWS::S3::Bucket"}
    )
    return list(measured(dataclasses.replace(world, resources=resources, stacks=())))


def _assert_room(world: World, region: str, of_others: float = 0.64) -> None:
    rows = [each for each in _elsewhere(world, region) if not each.text]
    assert [str(each) for each in rows if each.size > each.limit] == []
    of = {each.where: each.kind for each in world.resources}
    for each in rows:
        if each.what in POLICIES:
            most = 0.85 if of[each.where] == "AWS::IAM::ManagedPolicy" else of_others
            assert each.size <= most * each.limit, str(each)


@pytest.mark.parametrize("region", REGIONS)
def test_policies_have_room_everywhere_with_the_longest_names(
    worlds: list[World], region: str
) -> None:
    for each in worlds:
        _assert_room(each, region)


@pytest.mark.slow  # synthesizes
def test_so_they_have_in_the_middle_of_a_longer_chain(tmp_path: Path) -> None:
    """An environment that takes models from one and hands them on to another has most to say."""
    first = yaml.safe_load((SETTINGS / "staging.yaml").read_text(encoding="utf-8"))
    first |= {"account": "444444444444", "promotes_to": "dev"}
    first["network"]["vpc_cidr"] = "10.9.0.0/16"
    (tmp_path / "first.yaml").write_text(yaml.safe_dump(first), encoding="utf-8")
    for name in ("dev", "staging", "prod"):
        text = (SETTINGS / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    output = existing.synthesize(load_environment("dev", tmp_path), tmp_path, judged=False)
    (middle,) = worlds_of([output])
    for region in REGIONS:
        _assert_room(middle, region, 0.65 if _partition(region) == "aws" else 0.67)


@pytest.mark.parametrize("spare", [0, 1])
@pytest.mark.parametrize(
    ("holder", "most", "policy_of"),
    [
        ("Role", 10_240, ("AWS::IAM::Policy", {"Roles": [{"Ref": "Holder"}]})),
        ("Role", 10_240, ("AWS::IAM::RolePolicy", {"RoleName": {"Ref": "Holder"}})),
        ("User", 2_048, ("AWS::IAM::Policy", {"Users": [{"Ref": "Holder"}]})),
        ("User", 2_048, ("AWS::IAM::UserPolicy", {"UserName": {"Ref": "Holder"}})),
        ("Group", 5_120, ("AWS::IAM::Policy", {"Groups": [{"Ref": "Holder"}]})),
        ("Group", 5_120, ("AWS::IAM::GroupPolicy", {"GroupName": {"Ref": "Holder"}})),
    ],
)
def test_inline_policies_count_together(
    tmp_path: Path, holder: str, most: int, policy_of: tuple[str, dict[str, Any]], spare: int
) -> None:
    """Those of the resource and those made beside it, each of them within the limit."""

    def policy(size: int) -> dict[str, Any]:
        row: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ""}
        document = {"Version": "2012-10-17", "Statement": [row]}
        row["Resource"] = "x" * (size - len(json.dumps(document, separators=(",", ":"))))
        return document

    kind, naming = policy_of
    own = [{"PolicyName": "own", "PolicyDocument": policy(500)}]
    trust = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    made = {"Policies": own, **(trust if holder == "Role" else {})}
    beside = {
        f"Beside{n}": {
            "Type": kind,
            "Properties": {"PolicyName": f"p{n}", "PolicyDocument": policy(size), **naming},
        }
        for n, size in enumerate((600, most - 1_100 + spare))
    }
    resources = {"Holder": {"Type": f"AWS::IAM::{holder}", "Properties": made}, **beside}
    file = tmp_path / "team.template.json"
    file.write_text(json.dumps({"Resources": resources}))
    (world,) = worlds_of([file])
    found = [str(each) for each in beyond_limits(world) if "inline" in each.what]
    assert len(found) == spare
    for each in found:
        assert each.startswith("team/Holder: ")
        assert f"{most + 1:,}, and AWS takes {most:,}" in each
