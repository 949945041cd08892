"""Limits of AWS are checked on resolved values: one byte too much is found by name."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from promises.limits import LIMITS, beyond_limits, measured
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def dev(all_environments: Path) -> World:
    (world,) = (each for each in worlds_of([all_environments]) if each.name == "dev")
    return world


def test_the_templates_are_within_and_each_limit_is_measured(dev: World) -> None:
    assert list(beyond_limits(dev)) == []
    seen = {each.what for each in measured(dev)}
    assert {"PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "RoleName"} <= seen
    assert all(each.source and each.most for each in LIMITS)


@pytest.mark.parametrize("spare", [0, 1])
def test_one_byte_too_much_is_found_by_name(dev: World, spare: int) -> None:
    (limit,) = (each for each in LIMITS if each.kind == "AWS::S3::BucketPolicy")
    first = next(dev.of_kind(limit.kind))
    empty = len(json.dumps({"Statement": ""}, separators=(",", ":")))
    document = {"Statement": "x" * (limit.most - empty + spare)}
    grown = dataclasses.replace(first, properties={limit.property: document})
    world = dataclasses.replace(dev, resources=(grown,))
    found = list(beyond_limits(world))
    assert len(found) == spare
    for each in found:
        assert first.logical_id in str(each)
        assert "20,481, and AWS takes 20,480" in str(each)


def test_the_bucket_policies_have_room(dev: World) -> None:
    policies = {each.where for each in dev.of_kind("AWS::S3::BucketPolicy")}
    shares = [each.size / each.limit for each in measured(dev) if each.where in policies]
    assert max(shares) <= 0.7
