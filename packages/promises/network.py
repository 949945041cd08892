"""Promise on the network: no way to the internet. Facts of the templates, no requests."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from mlops_common.symbols import generated
from promises.claims import Claim, Fact, Promise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from promises.world import Resource, World

# What leads out of a VPC, whatever else is configured.
GATEWAYS = (
    *("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::EIP"),
    *("AWS::EC2::EgressOnlyInternetGateway", "AWS::EC2::VPCGatewayAttachment"),
    *("AWS::EC2::VPNGateway", "AWS::EC2::TransitGatewayAttachment"),
    *("AWS::EC2::TransitGatewayVpcAttachment", "AWS::EC2::VPCPeeringConnection"),
    *("AWS::EC2::CarrierGateway", "AWS::EC2::LocalGatewayRouteTableVPCAssociation"),
    *("AWS::EC2::ClientVpnEndpoint", "AWS::EC2::VPNConnection"),
)
# Compute whose network nobody judges here.
OTHER_COMPUTE = (
    *("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::AutoScalingGroup"),
    *("AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::Batch::ComputeEnvironment"),
    *("AWS::Glue::Job", "AWS::Glue::DevEndpoint", "AWS::AppRunner::Service", "AWS::EMR::Cluster"),
    *("AWS::EMRServerless::Application", "AWS::EKS::Cluster", "AWS::CodeBuild::Fleet"),
    *("AWS::SageMaker::Cluster", "AWS::Cloud9::EnvironmentEC2", "AWS::Lightsail::Instance"),
)
# What the CDK writes for "no egress at all": an address that nobody has.
_NOBODY = "255.255.255.255/32"


def no_way_out(world: World) -> Iterator[Claim]:
    """Claim promise 16."""
    for each in world.of_kind(*GATEWAYS):
        yield Fact(each.where, f"no {each.kind} is there", False)
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
            # Only a gateway endpoint and the VPC itself may be routed to.
            route.properties.get("GatewayId") == "local" or "VpcEndpointId" in route.properties,
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
    ids = {each.ref for each in groups} | {part for row in assumed for part in row.split(",")}
    vpcs = [str(each.properties.get("CidrBlock", "")) for each in world.of_kind("AWS::EC2::VPC")]
    for group in groups:
        # Without any rule EC2 makes one that lets everything out.
        rules = list(_rules(world, group, "Egress"))
        yield Fact(group.where, "its egress is written down, so not open to all", bool(rules))
        for where, rule in rules:
            yield Fact(
                where,
                f"egress goes to the endpoints only, not to {_other_side(rule)}",
                _is_inside(rule, ids, vpcs),
            )
        for where, rule in _rules(world, group, "Ingress"):
            yield Fact(
                where,
                f"ingress comes from inside only, not from {_other_side(rule)}",
                _is_inside(rule, ids, vpcs),
            )


def _rules(
    world: World, group: Resource, direction: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for rule in group.properties.get(f"SecurityGroup{direction}", []):
        if isinstance(rule, dict):  # else it is open, which is noted
            yield group.where, rule
    for each in world.of_kind(f"AWS::EC2::SecurityGroup{direction}"):
        if each.properties.get("GroupId") == group.ref:
            yield each.where, each.properties


def _other_side(rule: Mapping[str, Any]) -> str:
    keys = ("CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "SourceSecurityGroupId")
    lists = ("DestinationPrefixListId", "SourcePrefixListId")
    return next((str(rule[key]) for key in (*keys, *lists) if key in rule), "everywhere")


def _is_inside(rule: Mapping[str, Any], groups: set[str], vpcs: list[str]) -> bool:
    cidr = rule.get("CidrIp")
    if cidr is not None:
        return cidr == _NOBODY or any(_contains(vpc, str(cidr)) for vpc in vpcs)
    other = rule.get("DestinationSecurityGroupId", rule.get("SourceSecurityGroupId"))
    if other is not None:
        return other in groups
    # A prefix list of AWS (pl-…) is that of a gateway endpoint; nothing else is known of one.
    return str(rule.get("DestinationPrefixListId", rule.get("SourcePrefixListId", ""))).startswith(
        "pl-"
    )


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
    for each in world.of_kind(*OTHER_COMPUTE):
        yield Fact(each.where, f"no {each.kind} is there, whose network nobody judges", False)
    for each in world.of_kind("AWS::Lambda::Function", "AWS::CodeBuild::Project"):
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
            "a prefix list named in a rule is the one of the S3 gateway endpoint",
        ),
        no_way_out,
        "no network is in the templates",
    ),
)
