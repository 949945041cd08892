"""Faults of the network: a way out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from promises.mutation.fault import Fault, changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.mutation.fault import Seeder
    from promises.mutation.templates import Body, Templates

_ANYWHERE = "0.0.0.0/0"
_NEW = "Seeded"


def _fault(kind: str, file: str, near: str, what: str, resources: dict[str, Body | None]) -> Fault:
    return Fault(kind, f"{file.rpartition('/')[2].partition('.')[0]}/{near}", what, file, resources)


def _in_vpc(templates: Templates, kind: str) -> Iterator[Fault]:
    """Add each gateway to each VPC."""
    for file, vpc, _ in templates.resources("AWS::EC2::VPC"):
        ref = {"Ref": vpc}
        for type_, properties in (
            ("AWS::EC2::InternetGateway", {}),
            ("AWS::EC2::VPCGatewayAttachment", {"VpcId": ref, "InternetGatewayId": "igw-1"}),
            ("AWS::EC2::EgressOnlyInternetGateway", {"VpcId": ref}),
            ("AWS::EC2::NatGateway", {"SubnetId": "subnet-1", "AllocationId": "eipalloc-1"}),
            ("AWS::EC2::EIP", {"Domain": "vpc"}),
            ("AWS::EC2::VPNGateway", {"Type": "ipsec.1"}),
            ("AWS::EC2::VPCPeeringConnection", {"VpcId": ref, "PeerVpcId": "vpc-1"}),
            ("AWS::EC2::TransitGatewayAttachment", {"VpcId": ref, "TransitGatewayId": "tgw-1"}),
            ("AWS::EC2::TransitGatewayVpcAttachment", {"VpcId": ref, "TransitGatewayId": "tgw-1"}),
            ("AWS::EC2::CarrierGateway", {"VpcId": ref}),
        ):
            body = {"Type": type_, "Properties": properties}
            yield _fault(kind, file, vpc, f"{type_} added", {_NEW: body})


def _routes(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, table, _ in templates.resources("AWS::EC2::RouteTable"):
        for target, value in (
            ("GatewayId", "igw-1"),
            ("NatGatewayId", "nat-1"),
            ("TransitGatewayId", "tgw-1"),
            ("VpcPeeringConnectionId", "pcx-1"),
            ("NetworkInterfaceId", "eni-1"),
            ("InstanceId", "i-1"),
            ("EgressOnlyInternetGatewayId", "eigw-1"),
            ("CarrierGatewayId", "cagw-1"),
        ):
            cidr = "DestinationIpv6CidrBlock" if "Egress" in target else "DestinationCidrBlock"
            properties = {
                "RouteTableId": {"Ref": table},
                cidr: "::/0" if "Egress" in target else _ANYWHERE,
                target: value,
            }
            body = {"Type": "AWS::EC2::Route", "Properties": properties}
            yield _fault(kind, file, table, f"a route to {target}", {_NEW: body})


_RULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("AWS::EC2::SecurityGroupEgress", {"CidrIp": _ANYWHERE}),
    ("AWS::EC2::SecurityGroupEgress", {"CidrIpv6": "::/0"}),
    ("AWS::EC2::SecurityGroupEgress", {"CidrIp": "192.0.2.0/24"}),
    ("AWS::EC2::SecurityGroupIngress", {"CidrIp": _ANYWHERE}),
    ("AWS::EC2::SecurityGroupIngress", {"SourceSecurityGroupId": "sg-foreign"}),
)


def _rules(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, group, body in templates.resources("AWS::EC2::SecurityGroup"):
        for type_, other in _RULES:
            side = next(f"{name} {value}" for name, value in other.items())
            group_id = {"GroupId": {"Fn::GetAtt": [group, "GroupId"]}}
            rule = {"Type": type_, "Properties": {"IpProtocol": "-1", **other, **group_id}}
            yield _fault(kind, file, group, f"{type_} {side}", {_NEW: rule})
        inline = changed(
            body, "SecurityGroupEgress", to=[{"IpProtocol": "-1", "CidrIp": _ANYWHERE}]
        )
        yield _fault(kind, file, group, "egress to anywhere, inline", {group: inline})


def _no_rules(templates: Templates, kind: str) -> Iterator[Fault]:
    """Take every egress rule of a group away: then EC2 lets everything out."""
    for file, group, body in templates.resources("AWS::EC2::SecurityGroup"):
        gone: dict[str, Body | None] = {
            name: None
            for other, name, rule in templates.resources("AWS::EC2::SecurityGroupEgress")
            if other == file and group in str(rule["Properties"].get("GroupId"))
        }
        fresh = changed(body, "SecurityGroupEgress", to=None)
        yield _fault(kind, file, group, "no egress rule", {**gone, group: fresh})


def _subnets(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, subnet, body in templates.resources("AWS::EC2::Subnet"):
        for name in ("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation"):
            fresh = changed(body, name, to=True)
            yield _fault(kind, file, subnet, f"{name} true", {subnet: fresh})


def _default_group(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, name, _ in templates.resources("Custom::VpcRestrictDefaultSG"):
        yield _fault(kind, file, name, "the default security group stays open", {name: None})


def _outside(templates: Templates, kind: str) -> Iterator[Fault]:
    for file, name, body in templates.resources("AWS::Lambda::Function", "AWS::CodeBuild::Project"):
        yield _fault(kind, file, name, "in no VPC", {name: changed(body, "VpcConfig", to=None)})
        for part, value in (("SubnetIds", "subnet-1"), ("SecurityGroupIds", "sg-1")):
            if part in body["Properties"].get("VpcConfig", {}):
                fresh = changed(body, "VpcConfig", part, to=[value])
                yield _fault(kind, file, name, f"{part} that are not ours", {name: fresh})


SEEDERS: tuple[tuple[str, Seeder], ...] = tuple(
    (kind, partial(seeder, kind=kind))
    for kind, seeder in (
        ("add a gateway", _in_vpc),
        ("add a route", _routes),
        ("open a security group", _rules),
        ("drop a group's egress rules", _no_rules),
        ("give out public addresses", _subnets),
        ("leave the default group open", _default_group),
        ("run a function outside", _outside),
    )
)
