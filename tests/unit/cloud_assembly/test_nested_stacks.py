"""Nested stacks are read where their templates are at hand: assets, files beside, or texts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly.intrinsics import Resolver
from cloud_assembly.nested_stacks import nested_in
from cloud_assembly.stack import Stack
from mlops_common.symbols import opened

if TYPE_CHECKING:
    from pathlib import Path

URL = {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/cdk-assets/0a1b.json"}
QUEUE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}


def _stack(url: object, assets: dict[str, Path], **given: object) -> Stack:
    body = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **given}}
    return Stack("team", "123456789012", "eu-central-1", {"Resources": {"Inner": body}}, assets)


def _nested(stack: Stack, beside: Path | None = None) -> list[Stack]:
    def read(source: Path | str, _where: str) -> dict[str, Any]:
        text = source if isinstance(source, str) else source.read_text()
        content: dict[str, Any] = json.loads(text)
        return content

    return list(nested_in((stack,), Resolver((stack,)), read, beside))


def test_an_asset_is_read_with_its_parameters(tmp_path: Path) -> None:
    asset = tmp_path / "inner.nested.template.json"
    asset.write_text(json.dumps(QUEUE))
    given = {"Subnets": ["subnet-1", "subnet-2"], "Region": {"Ref": "AWS::Region"}}
    (inner,) = _nested(_stack(URL, {"0a1b.json": asset}, Parameters=given))
    assert (inner.name, inner.template) == ("team-Inner", QUEUE)
    assert inner.parameters == {"Subnets": "subnet-1,subnet-2", "Region": "eu-central-1"}


def test_stacks_inside_nested_ones_are_read(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(json.dumps(QUEUE))
    middle = _stack("b.json", {}).template
    (tmp_path / "a.json").write_text(json.dumps(middle))
    names = [each.name for each in _nested(_stack("a.json", {}), tmp_path)]
    assert names == ["team-Inner", "team-Inner-Inner"]


def test_what_is_elsewhere_is_not_read(tmp_path: Path) -> None:
    for url in ("https://elsewhere.example/t.json", "/etc/passwd", "../../t.json", "missing.json"):
        assert _nested(_stack(url, {}), tmp_path) == []
    assert _nested(_stack(URL, {})) == []


HERE = {"Ref": "AWS::AccountId"}


def _set(*instances: dict[str, Any], **given: object) -> Stack:
    properties = {"TemplateBody": json.dumps(QUEUE), "StackInstancesGroup": [*instances], **given}
    body = {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}
    return Stack("team", "123456789012", "eu-central-1", {"Resources": {"Inner": body}})


def _instance(account: object = HERE, *regions: str, **given: object) -> dict[str, Any]:
    places = {"Accounts": [account]}
    return {"DeploymentTargets": places, "Regions": [*regions] or ["eu-central-1"], **given}


def _parameter(name: str, value: str) -> dict[str, str]:
    return {"ParameterKey": name, "ParameterValue": value}


def test_a_set_of_stacks_is_read_with_what_its_instance_overrides() -> None:
    given = {"Parameters": [_parameter("A", "1"), _parameter("B", "2")]}
    (inner,) = _nested(_set(_instance(ParameterOverrides=[_parameter("B", "3")]), **given))
    assert (inner.name, inner.template) == ("team-Inner", QUEUE)
    assert inner.parameters == {"A": "1", "B": "3"}
    assert len(_nested(_set())) == 1  # what somebody will start later


@pytest.mark.parametrize(
    "instances",
    [
        [_instance("999988887777")],
        [_instance(HERE, "us-east-1")],
        [_instance(HERE, "eu-central-1", "us-east-1")],
        [_instance(), _instance("999988887777")],
        [{"DeploymentTargets": {"OrganizationalUnitIds": ["ou-1"]}, "Regions": ["eu-central-1"]}],
        [{"DeploymentTargets": {"Accounts": [HERE], "AccountsUrl": "s3://a/b"}}],
    ],
)
def test_a_set_that_makes_stacks_elsewhere_is_not_read(instances: list[dict[str, Any]]) -> None:
    assert _nested(_set(*instances)) == []


def test_a_text_with_an_unknown_value_is_not_read() -> None:
    body = {"Fn::Sub": json.dumps({"Resources": {"Q": {"Type": "${Kind}"}}})}
    stack = _set(_instance(), TemplateBody=body)
    stack.template["Parameters"] = {"Kind": {"Type": "String"}}
    assert _nested(replace(stack, parameters={"Kind": opened("team", "Other", "Name")})) == []
