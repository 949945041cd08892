"""An existing VPC that is not as the settings say: found, and corrected by the printed commands."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from environments.existing_vpc import ExistingVpc
from tests.unit.mlops.doctor.conftest import problems

if TYPE_CHECKING:
    from mlops.doctor import Subject
    from pipeline_local.aws import Aws
    from tests.unit.mlops.doctor.conftest import Shell

ZONES = ("eu-central-1a", "eu-central-1b")


@pytest.fixture
def made(aws: Aws) -> dict[str, Any]:
    """A VPC as the settings ask for one, with its parts."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    subnets = []
    for number, zone in enumerate(ZONES):
        request = {"CidrBlock": f"10.9.{number}.0/24", "AvailabilityZone": zone}
        subnets.append(ec2.create_subnet(VpcId=vpc, **request)["Subnet"]["SubnetId"])
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[-1])
    s3 = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.eu-central-1.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[table],
    )["VpcEndpoint"]["VpcEndpointId"]
    sts = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.eu-central-1.sts",
        VpcEndpointType="Interface",
        SubnetIds=subnets,
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]["VpcEndpointId"]
    return {"vpc": vpc, "table": table, "subnets": subnets, "s3": s3, "sts": sts}


def _named(subject: Subject, made: dict[str, Any], **other: Any) -> Subject:
    vpc = ExistingVpc(
        vpc_id=made["vpc"],
        subnet_ids=other.get("subnets", tuple(made["subnets"])),
        s3_endpoint_id=made["s3"],
        interface_endpoint_ids={"sts": made["sts"]},
        endpoint_security_group_ids=("sg-12345678",),
    )
    network = subject.settings.network.model_copy(update={"existing_vpc": vpc})
    settings = subject.settings.model_copy(update={"network": network})
    return dataclasses.replace(subject, settings=settings)


def test_an_existing_vpc_is_corrected_by_the_printed_commands(
    aws: Aws, subject: Subject, shell: Shell, made: dict[str, Any]
) -> None:
    named, ec2 = _named(subject, made), aws.client("ec2")
    assert problems(named, "existing VPC") == []
    vpc, table = made["vpc"], made["table"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    options = ec2.create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name-servers", "Values": ["10.0.0.2"]}]
    )["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(VpcId=vpc, DhcpOptionsId=options)
    ec2.modify_vpc_endpoint(VpcEndpointId=made["sts"], PrivateDnsEnabled=False)
    found = {each.what: each.commands for each in problems(named, "existing VPC")}
    assert {what.partition(";")[0] for what in found} == {
        f"{vpc} has enableDnsHostnames off",
        f"{vpc} asks 10.0.0.2 for names, not Amazon's resolver",
        *(
            f"{each} has a way to the internet: {table} leads 0.0.0.0/0 to {gateway}"
            for each in made["subnets"]
        ),
        f"{made['sts']} has no private DNS names",
    }
    for command in dict.fromkeys(each for commands in found.values() for each in commands):
        shell(command)
    assert problems(named, "existing VPC") == []


def test_ids_of_others_are_named(subject: Subject, made: dict[str, Any]) -> None:
    swapped = _named(subject, made, subnets=tuple(reversed(made["subnets"])))
    found = [each.what for each in problems(swapped, "existing VPC")]
    assert any("is in eu-central-1b, not in eu-central-1a" in each for each in found)
    gone = {**made, "vpc": "vpc-00000000", "sts": "vpce-00000000"}
    found = [each.what for each in problems(_named(subject, gone), "existing VPC")]
    assert any("there is no vpc-00000000" in each for each in found)
    assert any("there is no endpoint vpce-00000000" in each for each in found)
