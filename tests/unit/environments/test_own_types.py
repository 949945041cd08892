"""Types that an adopter brings: a reason in a file beside the settings makes them assumed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from environments import SettingsError, available_environments, own_types
from promises.catalog import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of

if TYPE_CHECKING:
    from pathlib import Path

NAME = "resource-types.yaml"
FILE = """
AWS::IoT::Thing:
  - properties: [ThingName]
    because: a name in a registry, which gives nobody a right
AWS::S3::Bucket:
  - properties: [MetadataConfiguration]
    because: the table of metadata is in this account
"""
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": "sensor"}},
        "Data": {"Type": "AWS::S3::Bucket", "Properties": {"MetadataConfiguration": {"A": 1}}},
    }
}


def _sixteen(folder: Path, template: dict[str, Any]) -> tuple[Verdict, tuple[str, ...], str]:
    path = folder / "template.json"
    path.write_text(json.dumps(template))
    (world,) = worlds_of([path], own_types=own_types(folder))
    (outcome,) = outcomes_of(world, [each for each in PROMISES if each.number == 16])
    return outcome.verdict, outcome.assumed, " ".join(each.what for each in outcome.breaches)


def test_without_the_file_they_are_undecided(tmp_path: Path) -> None:
    verdict, assumed, said = _sixteen(tmp_path, TEMPLATE)
    assert (verdict, assumed) == (Verdict.UNKNOWN, ())
    assert "type AWS::IoT::Thing" in said
    assert "MetadataConfiguration of AWS::S3::Bucket" in said
    assert NAME in said


def test_with_a_reason_they_are_assumed(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(FILE)
    template = {
        **TEMPLATE,
        "Resources": {**TEMPLATE["Resources"], "Vpc": {"Type": "AWS::EC2::VPC"}},
    }
    assert "gives nobody a right" in " ".join(_sixteen(tmp_path, template)[1])
    verdict, assumed, _ = _sixteen(tmp_path, TEMPLATE)
    assert verdict is not Verdict.PROVED
    assert any("the table of metadata is in this account" in each for each in assumed)


def test_a_property_that_the_file_lacks_stays_undecided(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(FILE)
    thing = {"Type": "AWS::IoT::Thing", "Properties": {"AttributePayload": {}}}
    verdict, _, said = _sixteen(tmp_path, {"Resources": {"Thing": thing}})
    assert verdict is Verdict.UNKNOWN
    assert "AttributePayload of AWS::IoT::Thing" in said


def test_the_file_is_no_environment(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(FILE)
    assert available_environments(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Thing: [{because: a reason of some length}]", "is not a resource type"),
        ("AWS::IoT::Thing: []", "AWS::IoT::Thing"),
        ("AWS::IoT::Thing: [{properties: [A]}]", "because: is missing"),
        ("AWS::IoT::Thing: [{because: short}]", "because"),
        ("- AWS::IoT::Thing", "must have fields"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(SettingsError, match=what) as raised:
        own_types(tmp_path)
    assert NAME in str(raised.value)
