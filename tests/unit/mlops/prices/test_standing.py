"""The cost of standing still, and what settings would save of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlops.command_line.prices import standing as print_standing
from mlops.prices.price_file import PriceFile, read_assumptions
from mlops.prices.standing import standing
from mlops_common.errors import MlopsError
from mlops_contract.endpoints import APIS, called
from promises.caller_places import short_name
from promises.world import worlds_of

if TYPE_CHECKING:
    from promises.world import Resource, World


def test_endpoints_are_most_of_it_and_settings_save(all_environments: Path) -> None:
    prices, assumptions = PriceFile(), read_assumptions()
    found = {
        each.name: standing(each, prices, assumptions) for each in worlds_of([all_environments])
    }
    dev = found["dev"]
    (dev_world,) = (each for each in worlds_of([all_environments]) if each.name == "dev")
    assert dev.costs["interface endpoints"] / dev.total > 0.9
    assert dev.savings["network.endpoint_zones: 1"] == pytest.approx(
        dev.costs["interface endpoints"] / 2
    )
    saved = " ".join(dev.savings)
    assert "without analytics" not in saved
    assert "without clients, of which nothing here calls sagemaker.runtime, " in saved
    # What a build or the filter of pushes calls, and nothing else.
    assert dev.savings["an environment without delivery"] == pytest.approx(
        11 * dev.savings["network.endpoint_zones: 1"] * 2 / len(_interfaces(dev_world))
    )
    assert any("without analytics" in each for each in found["prod"].savings)
    assert any("would save" in line for line in dev.lines())


def _interfaces(world: World) -> list[Resource]:
    return [
        each
        for each in world.of_kind("AWS::EC2::VPCEndpoint")
        if each.properties.get("VpcEndpointType") == "Interface"
    ]


# In how many zones the shipped environments have endpoints, and the shipped pipelines.
ZONES = {"dev": 1, "staging": 1, "prod": 2}
PIPELINES = ("batch-inference", "model-quality", "sample-training", "training")


def _as_shipped(world: World) -> World:
    """Leave the endpoints that are called, in as many zones as shipped, and no adopter's alarms."""
    added = [each for each in world.pipelines if not each.endswith(PIPELINES)]
    needed = called(short_name(world, each) for each in world.roles)
    endpoints = {each.where: each for each in _interfaces(world)}
    kept = {}
    for where, each in endpoints.items():
        if any(str(each.properties["ServiceName"]).endswith(f".{name}") for name in needed):
            subnets = each.properties["SubnetIds"][: ZONES[world.name]]
            kept[where] = replace(each, properties={**each.properties, "SubnetIds": subnets})
    gone = (endpoints.keys() - kept.keys()) | {
        each.where
        for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
        for each in world.of_kind(kind)
        if f"{each.properties['AlarmName']}-".startswith(tuple(f"{name}-" for name in added))
    }
    ways = tuple(
        replace(each, resource=kept.get(each.resource.where, each.resource))
        for each in world.endpoints
        if each.resource.where not in gone
    )
    resources = tuple(
        kept.get(each.where, each) for each in world.resources if each.where not in gone
    )
    return replace(world, resources=resources, endpoints=ways)


@pytest.mark.example
def test_the_readme_says_it_as_the_command_does(all_environments: Path) -> None:
    prices, assumptions = PriceFile(), read_assumptions()
    worlds = [_as_shipped(each) for each in worlds_of([all_environments])]
    found = [standing(each, prices, assumptions) for each in worlds]
    readme = (Path(__file__).parents[4] / "README.md").read_text(encoding="utf-8")
    for each in found:
        assert "\n".join(each.lines()) in readme
    total = sum(each.total for each in found)
    assert f"all: {total:,.2f} USD a month" in readme
    assert total <= 500


def test_no_endpoint_is_missing_that_a_row_calls(all_environments: Path) -> None:
    for world in worlds_of([all_environments]):
        there = {each.service for each in world.endpoints if not each.is_gateway}
        groups = {each.name for each in APIS if each.group is not None}
        needed = called(short_name(world, each) for each in world.roles)
        assert needed <= there
        assert there - needed <= groups


def test_a_folder_that_is_no_cloud_assembly_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "stray.yaml").write_text("{")
    for path in (tmp_path, tmp_path / "stray.yaml", tmp_path / "missing"):
        with pytest.raises(MlopsError, match=r"is no cloud assembly: no manifest\.json") as raised:
            print_standing([path])
        assert str(raised.value).startswith(f"{path}: ")
        assert "\n" not in str(raised.value)
