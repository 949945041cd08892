"""Every record that the stacks write is one that the tools read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mlops_contract import metadata
from mlops_contract.metadata import Key
from promises.world import worlds_of

if TYPE_CHECKING:
    from pathlib import Path

    from promises.world import Resource

KEYS: dict[str, Key[Any]] = {
    each.name: each for each in vars(metadata).values() if isinstance(each, Key)
}
# Of settings that no shipped environment has; the tests of these settings read them.
ELSEWHERE = {metadata.ASSUMPTIONS.name, metadata.OUTSIDE_USERS.name, metadata.SENDERS.name}


@pytest.fixture(scope="module")
def resources(all_environments: Path) -> list[Resource]:
    return [each for world in worlds_of([all_environments]) for each in world.resources]


@pytest.mark.example
def test_each_key_is_on_some_resource_and_no_other_is(resources: list[Resource]) -> None:
    written = {name for each in resources for name in each.metadata}
    assert written - set(KEYS) == set()
    assert set(KEYS) - written <= ELSEWHERE


def test_what_is_read_renders_as_it_was_written(resources: list[Resource]) -> None:
    for each in resources:
        for name, value in each.metadata.items():
            assert KEYS[name].write(each.record(KEYS[name])) == value
