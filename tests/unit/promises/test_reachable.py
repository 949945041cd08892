"""Promise 21 counts the endpoints that names resolve to from our subnets, and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from promises.callers import reachable
from promises.catalog import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from pathlib import Path

API = "sagemaker.api"


@pytest.fixture(scope="module")
def dev(all_environments: Path) -> World:
    (world,) = worlds_of([all_environments / "assembly-dev"])
    return world


def _with(world: World, **given: Any) -> World:
    endpoints = tuple(
        replace(each, resource=replace(each.resource, properties=each.resource.properties | given))
        if each.service == API
        else each
        for each in world.endpoints
    )
    return replace(world, endpoints=endpoints)


def test_all_of_ours_are_reached(dev: World) -> None:
    ours = [each.service for each in dev.endpoints if not each.is_gateway]
    assert [each.service for each in reachable(dev)] == ours


@pytest.mark.parametrize(
    "given",
    [
        {"PrivateDnsEnabled": False},
        {"VpcId": "vpc-0123456789abcdef0"},
        {"ServiceName": f"com.amazonaws.us-east-1.{API}"},
    ],
    ids=["names", "network", "region"],
)
def test_what_nobody_comes_to_is_missing(dev: World, given: dict[str, Any]) -> None:
    world = _with(dev, **given)
    assert API not in {each.service for each in reachable(world)}
    (outcome,) = outcomes_of(world, [each for each in PROMISES if each.number == 21])
    assert outcome.verdict is Verdict.BROKEN
