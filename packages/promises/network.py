"""Promise on the network: no way to the internet. Facts of the templates, no requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from mlops_common.symbols import generated
from promises.claims import Claim, Fact, Promise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from promises.world import World

# S3's own prefix lists (`aws ec2 describe-prefix-lists`), where their ids are known.
_S3_LISTS = {
    "ap-northeast-1": "pl-61a54008",
    "ap-southeast-1": "pl-6fa54006",
    "ap-southeast-2": "pl-6ca54005",
    "eu-central-1": "pl-6ea54007",
    "eu-west-1": "pl-6da54004",
    "sa-east-1": "pl-6aa54003",
    "us-east-1": "pl-63a5400a",
    "us-east-2": "pl-7ba54012",
    "us-west-1": "pl-6ba54002",
    "us-west-2": "pl-68a54001",
}
# AWS's lists have short ids, those of customers long ones.
_AWS_LIST = re.compile(r"pl-[0-9a-f]{8}")
_SERVICE = re.compile(r"((cn\.)?com\.amazonaws|aws)\.(?!vpce\.)[\w.-]+")
# Compute that a template gives subnets and groups.
_IN_SUBNETS = ("AWS::Lambda::Function", "AWS::CodeBuild::Project", "AWS::SageMaker::Model")
# What the CDK writes for "no egress at all": an address that nobody has.
_NOBODY = "255.255.255.255/32"


def no_way_out(world: World) -> Iterator[Claim]:
    """Claim promise 16."""
    for route in world.of_kind("AWS::EC2::Route"):
        target = next(
            (
                str(value)
                for name, value in route.properties.items()
                if name.endswith("Id") and name != "RouteTableId"
            ),
            "somewhere else",
        )
        yield Fact(
            route.where,
            f"no route leads to {target}",
            # The VPC itself; a gateway endpoint has no route that a template writes.
            route.properties.get("GatewayId") == "local",
        )
    for endpoint in world.of_kind("AWS::EC2::VPCEndpoint"):
        service = str(endpoint.properties.get("ServiceName", ""))
        kind = endpoint.properties.get("VpcEndpointType", "Gateway")
        yield Fact(
            endpoint.where,
            f"it leads to a service of AWS, not to {service or kind}",
            bool(_SERVICE.fullmatch(service)) and kind in {"Gateway", "Interface"},
        )
    for subnet in world.of_kind("AWS::EC2::Subnet"):
        given = subnet.properties
        public = given.get("MapPublicIpOnLaunch") or given.get("AssignIpv6AddressOnCreation")
        yield Fact(subnet.where, "it gives out no public address", str(public).lower() != "true")
    yield from _groups(world)
    yield from _default_groups(world)
    yield from _runners(world)
    yield from _reaches_endpoints(world)


def _groups(world: World) -> Iterator[Claim]:
    groups = tuple(world.of_kind("AWS::EC2::SecurityGroup"))
    # Groups of endpoints that are there already: the outcome lists them as assumed.
    assumed = {row.endpoint_groups for row in world.assumed}
    inside = _Inside(
        {each.ref for each in groups} | {part for row in assumed for part in row.split(",")},
        [str(each.properties.get("CidrBlock", "")) for each in world.of_kind("AWS::EC2::VPC")],
        _S3_LISTS.get(world.region, ""),
    )
    ruled = set()
    for where, of, rule in _rules(world, "Egress"):
        ruled.add(of)
        what = f"egress goes to the endpoints only, not to {_other_side(rule)}"
        yield Fact(where, what, inside.has(rule))
    for group in groups:
        # Without any rule EC2 makes one that lets everything out.
        written = group.ref in ruled
        yield Fact(group.where, "its egress is written down, so not open to all", written)
    for where, _, rule in _rules(world, "Ingress"):
        what = f"ingress comes from inside only, not from {_other_side(rule)}"
        yield Fact(where, what, inside.has(rule))


def _rules(world: World, direction: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield all rules, of whatever group: also the default one, and those of others."""
    for group in world.of_kind("AWS::EC2::SecurityGroup"):
        for rule in group.properties.get(f"SecurityGroup{direction}", []):
            if isinstance(rule, dict):  # else it is open, which is noted
                yield group.where, group.ref, rule
    for each in world.of_kind(f"AWS::EC2::SecurityGroup{direction}"):
        yield each.where, str(each.properties.get("GroupId")), each.properties


def _other_side(rule: Mapping[str, Any]) -> str:
    keys = ("CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "SourceSecurityGroupId")
    lists = ("DestinationPrefixListId", "SourcePrefixListId")
    return next((str(rule[key]) for key in (*keys, *lists) if key in rule), "everywhere")


@dataclass(frozen=True)
class _Inside:
    """What counts as inside: groups, ranges of VPCs, and S3's prefix list where it is known."""

    groups: set[str]
    vpcs: list[str]
    s3_list: str

    def has(self, rule: Mapping[str, Any]) -> bool:
        """Judge the other side of a rule, each way in which it is named."""
        sides = [*self._sides(rule)]
        return bool(sides) and all(sides)

    def _sides(self, rule: Mapping[str, Any]) -> Iterator[bool]:
        if (cidr := rule.get("CidrIp")) is not None:
            yield cidr == _NOBODY or any(_contains(vpc, str(cidr)) for vpc in self.vpcs)
        for name in ("DestinationSecurityGroupId", "SourceSecurityGroupId"):
            if (group := rule.get(name)) is not None:
                yield group in self.groups
        for name in ("DestinationPrefixListId", "SourcePrefixListId"):
            if (named := rule.get(name)) is not None:
                # Where S3's is not known, an AWS list is taken for it: the promise says so.
                is_known = named == self.s3_list
                yield is_known if self.s3_list else bool(_AWS_LIST.fullmatch(str(named)))
        # Of the VPCs' own IPv6 ranges no template says which they are.
        if "CidrIpv6" in rule or "SourceSecurityGroupName" in rule:
            yield False


def _contains(outer: str, inner: str) -> bool:
    try:
        return ip_network(inner).subnet_of(ip_network(outer))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def _default_groups(world: World) -> Iterator[Claim]:
    closed = {
        str(each.properties.get("DefaultSecurityGroupId", ""))
        for each in world.of_kind("Custom::VpcRestrictDefaultSG")
    }
    for vpc in world.of_kind("AWS::EC2::VPC"):
        yield Fact(
            vpc.where,
            "the default security group, which lets everything out, is closed",
            generated(vpc.stack, vpc.logical_id, "DefaultSecurityGroup") in closed,
        )


def _runners(world: World) -> Iterator[Claim]:
    subnets, groups = set(world.subnet_ids), set(world.group_ids)
    for each in world.of_kind(*_IN_SUBNETS):
        config = each.properties.get("VpcConfig") or {}
        used = {*config.get("SubnetIds", []), *config.get("Subnets", [])}
        yield Fact(each.where, "it runs in our subnets", bool(used) and used <= subnets)
        guards = set(config.get("SecurityGroupIds", []))
        yield Fact(each.where, "it has our security groups", bool(guards) and guards <= groups)
    for each in world.of_kind("AWS::SageMaker::Domain"):
        access = each.properties.get("AppNetworkAccessType")
        yield Fact(each.where, "its applications run in the VPC only", access == "VpcOnly")
    for each in world.of_kind("AWS::SageMaker::NotebookInstance"):
        access = each.properties.get("DirectInternetAccess")
        yield Fact(each.where, "it has no direct internet access", access == "Disabled")


def _reaches_endpoints(world: World) -> Iterator[Claim]:
    tables = {
        each.properties.get("SubnetId"): each.properties.get("RouteTableId")
        for each in world.of_kind("AWS::EC2::SubnetRouteTableAssociation")
    }
    for endpoint in world.s3_endpoints:
        served = set(endpoint.resource.properties.get("RouteTableIds", []))
        for subnet in world.of_kind("AWS::EC2::Subnet"):
            yield Fact(
                subnet.where,
                "its route table leads to the S3 endpoint",
                tables.get(subnet.ref) in served,
            )


PROMISES = (
    Promise(
        16,
        "No route, gateway, address or rule leads to the internet",
        "VPC guide; CloudFormation reference, AWS::EC2::SecurityGroupEgress",
        (
            "nobody changes the network other than through these templates",
            "where S3's prefix list is not known for the region, AWS's that a rule names is S3's",
            "names that the VPC's resolver looks up are promise 25's",
        ),
        no_way_out,
        "no network is in the templates",
        enforced_by=(
            "routes, gateways, groups and endpoints; functions, builds and models run in our "
            "subnets; the default group is closed"
        ),
    ),
)
