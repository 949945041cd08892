"""The table of resource types against the schemas: what nobody reviewed is undecided by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloud_assembly.stack import Stack
from cloud_assembly.type_schemas import linter_folder, type_schema
from promises.catalog import PROMISES
from promises.claims import Undecided
from promises.world import World, world_of
from promises.world.type_reviews import UNJUDGED, reasons, review_of, reviews

REGION = "us-east-1"
BY_NUMBER = {each.number: each for each in PROMISES}
# Of these the table says that they break a promise, whatever their properties are.
# A custom resource's properties are data for its function; the CDK's own type is left out.
CUSTOM, CDK = "AWS::CloudFormation::CustomResource", "AWS::CDK::Metadata"
EXISTENCE_ONLY = {kind for kind, row in reviews().items() if row.breaks and not row.named()}


def world(resources: dict[str, Any]) -> World:
    stack = Stack("stack", "123456789012", REGION, {"Resources": resources})
    return world_of("stack", (stack,))


def undecided(of: World, number: int) -> str:
    """Return what a promise leaves undecided."""
    claims = BY_NUMBER[number].claims(of)
    return " ".join(each.what for each in claims if isinstance(each, Undecided))


def writable(kind: str) -> set[str]:
    schema = type_schema(kind, REGION) or {}
    read_only = {each.removeprefix("/properties/") for each in schema.get("readOnlyProperties", [])}
    return set(schema.get("properties", {})) - read_only


def test_every_type_that_nobody_reviewed_is_undecided() -> None:
    """All types of the schemas at once: each is named, by every promise."""
    file = linter_folder() / "data" / "schemas" / "providers" / f"{REGION}.json"
    strange = sorted(set(json.loads(file.read_text())) - set(reviews()) - {CDK})
    assert len(strange) > 1_500
    of = world({f"R{index}": {"Type": kind} for index, kind in enumerate(strange)})
    for number in (1, 11, 12, 14, 16, 18):
        said = undecided(of, number)
        assert [kind for kind in strange if f"type {kind};" not in said] == []


@pytest.mark.parametrize("kind", sorted(set(reviews()) - EXISTENCE_ONLY))
def test_every_property_of_a_listed_type_is_in_its_row(kind: str) -> None:
    """A new version of cfn-lint may bring more: then somebody has to look at them."""
    row = review_of(kind)
    assert row is not None
    if type_schema(kind, REGION) is not None:
        assert sorted(writable(kind) - row.named()) == [], "not in the row of the type"
        known = set((type_schema(kind, REGION) or {}).get("properties", {}))
        assert sorted(row.named() - known) == [], "no properties of the type"


@pytest.mark.parametrize("kind", sorted(set(reviews()) - {CUSTOM}))
def test_a_property_that_nobody_reviewed_is_named(kind: str) -> None:
    row = reviews()[kind]
    for name in ("SomethingNew", *{path[0] for path in row.of(UNJUDGED)}):
        found = row.unreviewed_in({name: {"AnythingAtAll": "x"}})
        assert any(path.split(".")[0] == name for path in found), name


def test_it_leaves_undecided_what_it_may_break() -> None:
    of = world({"Data": {"Type": "AWS::S3::Bucket", "Properties": {"SomethingNew": "x"}}})
    for number in (1, 4, 11, 14, 16):
        assert "SomethingNew of AWS::S3::Bucket" in undecided(of, number)
    assert undecided(of, 13) == ""


def test_nested_properties_are_named_by_their_path() -> None:
    row = reviews()["AWS::SQS::Queue"]
    given = {"RedrivePolicy": {"maxReceiveCount": 3, "somewhereElse": "x"}}
    assert row.unreviewed_in(given) == ("RedrivePolicy.somewhereElse",)
    assert row.unreviewed_in({"RedrivePolicy": '{"somewhereElse": 1}'}) == (
        "RedrivePolicy.somewhereElse",
    )
    assert row.unreviewed_in({"RedrivePolicy": "no object"}) == ("RedrivePolicy",)


def test_what_is_new_below_a_property_that_was_reviewed_whole_is_named() -> None:
    row = reviews()["AWS::S3::Bucket"]
    rule = {"Id": "r", "NoncurrentVersionTransition": {"StorageClass": "GLACIER", "CopyTo": "b"}}
    given = {"LifecycleConfiguration": {"Rules": [rule]}, "Tags": [{"Key": "a", "Value": "b"}]}
    path = "LifecycleConfiguration.Rules.NoncurrentVersionTransition.CopyTo"
    assert row.unreviewed_in(given) == (path,)


def test_every_word_of_the_table_has_a_meaning() -> None:
    words = {word for row in reviews().values() for word in row.paths}
    meant = {*reasons()["harmless"], *reasons()["judged"], UNJUDGED}
    assert words <= meant
    assert meant - words <= {"breaks"}


def test_types_that_are_not_of_the_registry_are_undecided() -> None:
    for kind in ("Org::Service::Thing", "Org::Service::Thing::MODULE", "AWS::Not::There"):
        assert f"type {kind}" in undecided(world({"Strange": {"Type": kind}}), 14)


def test_resources_as_public_templates_write_them_are_decided() -> None:
    idioms = yaml.safe_load(Path(__file__).with_name("idioms.yaml").read_text())
    assert len(idioms) >= 30
    left = {}
    for idiom in idioms:
        ((kind, properties),) = idiom.items()
        row = review_of(kind)
        assert row is not None, kind
        if found := row.unreviewed_in(properties):
            left[kind] = found
    assert left == {}
