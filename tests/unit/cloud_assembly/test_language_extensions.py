"""Loops of AWS::LanguageExtensions are written out, or refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from cloud_assembly.language_extensions import TRANSFORM, expanded
from cloud_assembly.stack import Stack
from mlops_common.errors import MlopsError


def _expanded(resources: dict[str, Any], **parameters: str) -> dict[str, Any]:
    template = {"Transform": [TRANSFORM], "Resources": resources}
    stack = Stack("team", "123456789012", "eu-central-1", template, parameters=parameters)
    return expanded(stack).resources


def test_a_loop_in_a_loop_is_written_out() -> None:
    inner = ["Port", ["80", "443"], {"${Name}${Port}": {"Type": "A::B::C", "Properties": {}}}]
    inner[2]["${Name}${Port}"]["Properties"] = {
        "Name": {"Ref": "Name"},
        "Text": {"Fn::Sub": "${Name}-${Port}-${AWS::Region}"},
        "Short": "&{Name}",
    }
    outer = ["Name", {"Ref": "Names"}, {"Fn::ForEach::Ports": inner}]
    found = _expanded({"Fn::ForEach::Names": outer}, Names="in-a, out")
    assert list(found) == ["in-a80", "in-a443", "out80", "out443"]
    assert found["in-a443"]["Properties"] == {
        "Name": "in-a",
        "Text": {"Fn::Sub": "in-a-443-${AWS::Region}"},
        "Short": "ina",
    }


@pytest.mark.parametrize(
    ("loop", "says"),
    [
        (["Name", ["a"]], r"is not \[identifier, list, object\]"),
        (["Name", {"Ref": "Names"}, {}], r"goes over parameter Names; give its value"),
        (["Name", [{"Ref": "X"}], {}], "goes over neither texts nor a parameter"),
    ],
)
def test_a_loop_that_cannot_be_written_out_is_refused(loop: list[Any], says: str) -> None:
    with pytest.raises(MlopsError, match=says):
        _expanded({"Fn::ForEach::Names": loop})


def test_a_name_that_comes_out_twice_is_refused() -> None:
    loop = ["Name", ["a"], {"Own": {"Type": "A::B::C"}}]
    with pytest.raises(MlopsError, match="Own comes out twice"):
        _expanded({"Own": {"Type": "A::B::C"}, "Fn::ForEach::Names": loop})
