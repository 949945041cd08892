"""Where requests come from, as AWS tells: our VPC and its region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promises.world.open_properties import once_a_world

if TYPE_CHECKING:
    from promises.world import World

REGION, NETWORK = "aws:RequestedRegion", "aws:SourceVpc"


@once_a_world
def our_networks(world: World) -> tuple[str, ...]:
    """Return the ids of the VPCs that our jobs, builds and functions are in, by their groups."""
    groups = world.of_kind("AWS::EC2::SecurityGroup")
    ours = (each for each in groups if each.ref in world.group_ids)
    return tuple(dict.fromkeys(str(each.properties.get("VpcId")) for each in ours))


@once_a_world
def from_our_network(world: World) -> dict[str, tuple[str, ...]]:
    """Return the keys of a request through an endpoint of ours; none of a network not known."""
    networks = our_networks(world)
    return {REGION: (world.region,), **({NETWORK: networks[:1]} if networks else {})}
