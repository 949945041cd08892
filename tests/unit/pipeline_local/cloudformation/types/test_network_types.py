"""A VPC and what is in it, as templates write them, and what EC2 refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.pipeline_local.cloudformation.types.resource_stack import TAGS

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

VPC, SUBNET, TABLE = "EC2::VPC", "EC2::Subnet", "EC2::RouteTable"
GROUP, INGRESS, EGRESS = (f"EC2::SecurityGroup{end}" for end in ("", "Ingress", "Egress"))
ENDPOINT = "EC2::VPCEndpoint"
DNS = ("EnableDnsSupport", "EnableDnsHostnames")


@pytest.fixture
def vpc(stack: Stack) -> str:
    return stack.create(VPC, {"CidrBlock": "10.0.0.0/16"}).physical_id


def policy(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def group(stack: Stack, vpc: str, description: str) -> str:
    properties = {"GroupDescription": description, "VpcId": vpc}
    name = f"{stack.name}-{description}"
    return stack.create(GROUP, {**properties, "GroupName": name}).physical_id


def test_a_vpc_its_subnets_and_their_table(stack: Stack) -> None:
    network = {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "default"}
    before = {**network, **dict.fromkeys(DNS, True), "Tags": TAGS}
    vpc = stack.create(VPC, before)
    assert vpc.attributes["DefaultSecurityGroup"].startswith("sg-")
    assert vpc.attributes["DefaultNetworkAcl"].startswith("acl-")
    after = {**network, "EnableDnsSupport": False, "EnableDnsHostnames": False, "Tags": TAGS[:1]}
    stack.update(VPC, vpc.physical_id, before, after)
    here = {"VpcId": vpc.physical_id}
    place = {**here, "AvailabilityZone": "eu-central-1a", "CidrBlock": "10.0.0.0/24"}
    subnet = stack.create(SUBNET, {**place, "MapPublicIpOnLaunch": True, "Tags": TAGS}).physical_id
    stack.update(SUBNET, subnet, {**place, "MapPublicIpOnLaunch": True}, place)
    assert not stack.read(SUBNET, subnet)["MapPublicIpOnLaunch"]
    table = stack.create(TABLE, {**here, "Tags": TAGS}).physical_id
    both = {"SubnetId": subnet, "RouteTableId": table}
    association = stack.create("EC2::SubnetRouteTableAssociation", both).physical_id
    assert "has dependencies" in stack.stays(VPC, vpc.physical_id, after)
    assert "has dependencies" in stack.stays(TABLE, table, here)
    stack.delete("EC2::SubnetRouteTableAssociation", association, both)
    stack.delete(TABLE, table, here)
    stack.delete(SUBNET, subnet, place)
    stack.delete(VPC, vpc.physical_id, after)


def test_a_route_leads_elsewhere(stack: Stack, vpc: str) -> None:
    table = stack.create(TABLE, {"VpcId": vpc}).physical_id
    ec2 = stack.aws.client("ec2")
    gateways = [
        ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2)
    ]
    for gateway in gateways[:1]:
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    before, after = ({**route, "GatewayId": gateway} for gateway in gateways)
    made = stack.create("EC2::Route", before).physical_id
    stack.update("EC2::Route", made, before, after)
    stack.delete("EC2::Route", made, after)


def test_groups_whose_rules_name_each_other(stack: Stack, vpc: str) -> None:
    jobs, endpoints = (group(stack, vpc, each) for each in ("jobs", "endpoints"))
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    to = {"GroupId": jobs, **https, "Description": "APIs", "DestinationSecurityGroupId": endpoints}
    rules = [
        (EGRESS, to),
        (INGRESS, {"GroupId": jobs, "IpProtocol": "50", "SourceSecurityGroupId": jobs}),
        (EGRESS, {"GroupId": jobs, **https, "DestinationPrefixListId": "pl-6ea54007"}),
        (INGRESS, {"GroupId": endpoints, **https, "SourceSecurityGroupId": jobs}),
        (EGRESS, {"GroupId": endpoints, **https, "CidrIp": "10.0.0.0/8", "Description": "x"}),
    ]
    made = [(kind, stack.create(kind, rule).physical_id, rule) for kind, rule in rules]
    assert len(stack.read(GROUP, jobs)["SecurityGroupEgress"]) == 2  # EC2's own rule is gone
    changed = {**to, "Description": "AWS APIs"}
    stack.update(EGRESS, made[0][1], to, changed)
    assert f"resource {endpoints} has a dependent object" in stack.stays(GROUP, endpoints, {})
    for kind, rule, properties in made:
        stack.delete(kind, rule, properties)
    stack.delete(GROUP, endpoints, {})
    stack.delete(GROUP, jobs, {})


def test_rules_inside_of_a_group(stack: Stack, vpc: str) -> None:
    base = {"GroupDescription": "builds", "VpcId": vpc}
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}
    any_ = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0", "Description": "all"}
    before = {**base, "SecurityGroupIngress": [web], "SecurityGroupEgress": [any_], "Tags": TAGS}
    after = {**base, "SecurityGroupIngress": [{**web, "ToPort": 90}], "SecurityGroupEgress": [web]}
    made = stack.create(GROUP, before).physical_id
    stack.update(GROUP, made, before, after)
    stack.delete(GROUP, made, after)


def test_endpoints_change_and_keep_what_they_use(stack: Stack, vpc: str) -> None:
    zones = ("eu-central-1a", "eu-central-1b")
    subnets = [
        stack.create(
            SUBNET, {"VpcId": vpc, "AvailabilityZone": zone, "CidrBlock": f"10.0.{number}.0/24"}
        ).physical_id
        for number, zone in enumerate(zones)
    ]
    groups = [group(stack, vpc, each) for each in ("first", "second")]
    base = {"VpcId": vpc, "ServiceName": "com.amazonaws.eu-central-1.sts"}
    base["VpcEndpointType"] = "Interface"
    before = {
        **base,
        "PolicyDocument": policy("sts:*"),
        "PrivateDnsEnabled": True,
        "SecurityGroupIds": groups[:1],
        "SubnetIds": subnets,
    }
    after = {
        **base,
        "PrivateDnsEnabled": False,
        "SecurityGroupIds": groups[1:],
        "SubnetIds": subnets[:1],
    }
    made = stack.create(ENDPOINT, before)
    endpoint = made.physical_id
    assert len(made.attributes["NetworkInterfaceIds"]) == 2
    stack.update(ENDPOINT, endpoint, before, {**before, "PolicyDocument": policy("sts:Get*")})
    stack.update(ENDPOINT, endpoint, before, after)
    assert stack.read(ENDPOINT, endpoint)["PolicyDocument"]["Statement"][0]["Action"] == "*"
    assert "has a dependent object" in stack.stays(GROUP, groups[1], {})
    assert "has dependencies" in stack.stays(SUBNET, subnets[0], {})
    stack.delete(ENDPOINT, endpoint, after)
    for subnet in subnets:
        stack.delete(SUBNET, subnet, {})
    assert "has dependencies" in stack.stays(VPC, vpc, {})  # the groups
    for each in groups:
        stack.delete(GROUP, each, {})
    stack.delete(VPC, vpc, {})


def test_a_gateway_endpoint_has_route_tables(stack: Stack, vpc: str) -> None:
    tables = [stack.create(TABLE, {"VpcId": vpc}).physical_id for _ in range(2)]
    base = {"VpcId": vpc, "ServiceName": "com.amazonaws.eu-central-1.s3"}
    before = {**base, "VpcEndpointType": "Gateway", "RouteTableIds": tables}
    after = {**base, "RouteTableIds": tables[:1], "PolicyDocument": policy("s3:*")}
    endpoint = stack.create(ENDPOINT, before).physical_id
    stack.update(ENDPOINT, endpoint, before, after)
    stack.delete(ENDPOINT, endpoint, after)


@pytest.mark.parametrize(
    "service",
    ["com.amazonaws.eu-central-1.email-smtp", "com.amazonaws.vpce.eu-central-1.vpce-svc-1"],
)
def test_some_endpoints_take_no_policy(stack: Stack, vpc: str, service: str) -> None:
    endpoint = {"VpcId": vpc, "ServiceName": service, "VpcEndpointType": "Interface"}
    words = f"Service {service} only supports the full-access endpoint policy. (Service: Ec2"
    assert words in stack.refused(ENDPOINT, {**endpoint, "PolicyDocument": policy("ses:*")})
    stack.create(ENDPOINT, endpoint)


def test_a_flow_log_and_dhcp_options(stack: Stack, vpc: str) -> None:
    log = {
        "DeliverLogsPermissionArn": "arn:aws:iam::111111111111:role/x",
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": stack.name,
        "MaxAggregationInterval": 60,
        "ResourceId": vpc,
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "Tags": TAGS,
    }
    made = stack.create("EC2::FlowLog", log).physical_id
    stack.update("EC2::FlowLog", made, log, {**log, "Tags": TAGS[:1]})
    stack.delete("EC2::FlowLog", made, log)
    options = {"DomainName": "example.org", "DomainNameServers": ["10.0.0.2", "10.0.0.3"]}
    dhcp = stack.create("EC2::DHCPOptions", {**options, "Tags": TAGS}).physical_id
    both = {"DhcpOptionsId": dhcp, "VpcId": vpc}
    association = stack.create("EC2::VPCDHCPOptionsAssociation", both).physical_id
    assert "Cannot delete assigned DHCP options" in stack.stays("EC2::DHCPOptions", dhcp, {})
    stack.delete("EC2::VPCDHCPOptionsAssociation", association, both)
    stack.delete("EC2::DHCPOptions", dhcp, options)


def test_a_prefix_list_exchanges_entries(stack: Stack) -> None:
    first, second = ({"Cidr": f"10.{n}.0.0/16", "Description": "office"} for n in range(2))
    base = {"PrefixListName": stack.name, "AddressFamily": "IPv4", "MaxEntries": 5}
    before = {**base, "Entries": [first], "Tags": TAGS}
    made = stack.create("EC2::PrefixList", before)
    assert made.attributes["Arn"].endswith(f":prefix-list/{made.physical_id}")
    after = {**base, "Entries": [second], "Tags": TAGS}
    stack.update("EC2::PrefixList", made.physical_id, before, after)
    stack.delete("EC2::PrefixList", made.physical_id, after)
