"""Nested stacks are read where their templates are at hand: as assets, or beside their parent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloud_assembly.intrinsics import Resolver
from cloud_assembly.nested_stacks import nested_in
from cloud_assembly.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

URL = {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/cdk-assets/0a1b.json"}
QUEUE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}


def _stack(url: object, assets: dict[str, Path], **given: object) -> Stack:
    body = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **given}}
    return Stack("team", "123456789012", "eu-central-1", {"Resources": {"Inner": body}}, assets)


def _nested(stack: Stack, beside: Path | None = None) -> list[Stack]:
    def read(file: Path) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(file.read_text())
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
