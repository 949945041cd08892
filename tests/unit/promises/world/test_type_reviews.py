"""The table of resource types against the schemas: what nobody reviewed is undecided by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly.stack import Stack
from cloud_assembly.type_schemas import known_types, type_schema
from promises.catalog import PROMISES
from promises.claims import Undecided
from promises.world import world_of
from promises.world.type_reviews import UNJUDGED, reasons, review_of, reviews

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
BY_NUMBER = {each.number: each for each in PROMISES}
# Of these the table says that they break a promise, whatever their properties are.
# A custom resource's properties are data for its function; the CDK's own type is left out.
CUSTOM, CDK = "AWS::CloudFormation::CustomResource", "AWS::CDK::Metadata"
EXISTENCE_ONLY = {kind for kind, row in reviews().items() if row.breaks and not row.named()}


def undecided(resources: dict[str, Any], number: int) -> list[str]:
    """List what a promise leaves undecided about a template."""
    stack = Stack("stack", "123456789012", REGION, {"Resources": resources})
    claims = BY_NUMBER[number].claims(world_of("stack", (stack,)))
    return [each.what for each in claims if isinstance(each, Undecided)]


def writable(kind: str) -> set[str]:
    schema = type_schema(kind, REGION) or {}
    read_only = {each.removeprefix("/properties/") for each in schema.get("readOnlyProperties", [])}
    return set(schema.get("properties", {})) - read_only


def test_every_type_that_nobody_reviewed_is_undecided() -> None:
    """All types of the schemas at once: each is named, by every promise."""
    strange = sorted(set(known_types(REGION)) - set(reviews()) - {CDK})
    assert len(strange) > 1_500
    resources = {f"R{index}": {"Type": kind} for index, kind in enumerate(strange)}
    for number in (1, 11, 12, 14, 16, 18):
        said = undecided(resources, number)
        assert [kind for kind in strange if f"type {kind};" not in " ".join(said)] == []


@pytest.mark.parametrize("kind", sorted(set(reviews()) - EXISTENCE_ONLY))
def test_every_property_of_a_listed_type_is_in_its_row(kind: str) -> None:
    """A new version of cfn-lint may bring more: then somebody has to look at them."""
    row = review_of(kind)
    assert row is not None
    if type_schema(kind, REGION) is not None:
        assert sorted(writable(kind) - row.named()) == [], "not in the row of the type"
        known = set((type_schema(kind, REGION) or {}).get("properties", {}))
        assert sorted(row.named() - known) == [], "no properties of the type"


def _strange_properties() -> Iterator[tuple[str, str]]:
    for kind in sorted(set(reviews()) - {CUSTOM}):
        if type_schema(kind, REGION) is not None:
            yield kind, "SomethingNew"
            yield from ((kind, path[0]) for path in reviews()[kind].of(UNJUDGED))


def test_a_property_that_nobody_reviewed_is_undecided() -> None:
    for kind, name in _strange_properties():
        resources = {"Strange": {"Type": kind, "Properties": {name: {"AnythingAtAll": "x"}}}}
        for number in (11, 14, 16):
            said = " ".join(undecided(resources, number))
            assert f"{name}" in said, (kind, name, number)
            assert f"of {kind}" in said, (kind, name, number)


def test_every_word_of_the_table_has_a_meaning() -> None:
    words = {word for row in reviews().values() for word in row.paths}
    meant = {*reasons()["harmless"], *reasons()["judged"], UNJUDGED}
    assert words <= meant
    assert meant - words <= {"breaks"}


def test_types_that_are_not_of_the_registry_are_undecided() -> None:
    for kind in ("Org::Service::Thing", "Org::Service::Thing::MODULE", "AWS::Not::There"):
        assert f"type {kind}" in " ".join(undecided({"Strange": {"Type": kind}}, 14))
