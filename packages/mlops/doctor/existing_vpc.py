"""An existing VPC: what the settings take for granted of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from environments.loading import file_of
from mlops.doctor.line import ok, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from environments.existing_vpc import ExistingVpc
    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject

EXISTING = "existing VPC"
_DNS = {
    "enableDnsSupport": "--enable-dns-support",
    "enableDnsHostnames": "--enable-dns-hostnames",
}
# Ways out of a VPC that are gateways by id; S3's endpoint is none (VPC User Guide, route tables).
_WAYS_OUT = {
    "GatewayId": "igw-",
    "NatGatewayId": "nat-",
    "TransitGatewayId": "tgw-",
    "VpcPeeringConnectionId": "pcx-",
    "EgressOnlyInternetGatewayId": "eigw-",
    "NetworkInterfaceId": "eni-",
    "LocalGatewayId": "lgw-",
    "CarrierGatewayId": "cagw-",
}
_INTERNET = ("0.0.0.0/0", "::/0")


def existing_vpc(subject: Subject) -> Iterator[Line]:
    """Check the VPC that the settings name, if they name one."""
    vpc = subject.settings.network.existing_vpc
    if vpc is None:
        return
    found = [
        line for check in (_names, _subnets, _routes, _endpoints) for line in check(subject, vpc)
    ]
    yield from found
    if not found:
        yield ok(EXISTING, f"{vpc.vpc_id} is as the settings say")


def _where(subject: Subject, field: str) -> str:
    return f"{file_of(subject.settings.name)}, network.existing_vpc.{field}"


def _listed(subject: Subject, operation: str, field: str, name: str, *values: str) -> list[Any]:
    only = [{"Name": name, "Values": list(values)}]
    return list(subject.place.pages("ec2", operation, field, Filters=only)) if values else []


def _names(subject: Subject, vpc: ExistingVpc) -> Iterator[Line]:
    """Check that hosts in the VPC find endpoints by the services' names."""
    found = _listed(subject, "describe_vpcs", "Vpcs", "vpc-id", vpc.vpc_id)
    if not found:
        yield problem(EXISTING, f"{_where(subject, 'vpc_id')}: there is no {vpc.vpc_id}")
        return
    for name, option in _DNS.items():
        answer = subject.client("ec2").describe_vpc_attribute(VpcId=vpc.vpc_id, Attribute=name)
        if not answer[f"E{name[1:]}"]["Value"]:
            command = (
                f"aws ec2 modify-vpc-attribute --region {subject.region} --vpc-id {vpc.vpc_id}"
                f" {option}"
            )
            yield problem(EXISTING, f"{vpc.vpc_id} has {name} off; endpoints need it", command)
    options = found[0].get("DhcpOptionsId", "default")
    for each in _listed(
        subject, "describe_dhcp_options", "DhcpOptions", "dhcp-options-id", options
    ):
        servers = [
            value["Value"]
            for entry in each["DhcpConfigurations"]
            if entry["Key"] == "domain-name-servers"
            for value in entry["Values"]
        ]
        if servers and "AmazonProvidedDNS" not in servers:
            what = f"{vpc.vpc_id} asks {', '.join(servers)} for names, not Amazon's resolver"
            command = (
                f"aws ec2 associate-dhcp-options --region {subject.region} --vpc-id {vpc.vpc_id}"
                " --dhcp-options-id default"
            )
            yield problem(EXISTING, what, command)


def _subnets(subject: Subject, vpc: ExistingVpc) -> Iterator[Line]:
    found = {
        each["SubnetId"]: each
        for each in _listed(subject, "describe_subnets", "Subnets", "subnet-id", *vpc.subnet_ids)
    }
    where = _where(subject, "subnet_ids")
    zones = subject.settings.network.availability_zones
    for name, zone in zip(vpc.subnet_ids, zones, strict=True):
        subnet = found.get(name)
        if subnet is None or subnet["VpcId"] != vpc.vpc_id:
            yield problem(EXISTING, f"{where}: there is no {name} in {vpc.vpc_id}")
        elif subnet["AvailabilityZone"] != zone:
            what = f"{name} is in {subnet['AvailabilityZone']}, not in {zone}"
            yield problem(EXISTING, f"{where}: {what}; write subnets in the order of the zones")


def _routes(subject: Subject, vpc: ExistingVpc) -> Iterator[Line]:
    """Check that no subnet has a way out, and that each has one to the settings' S3 endpoint."""
    tables = _listed(subject, "describe_route_tables", "RouteTables", "vpc-id", vpc.vpc_id)
    main = [each for each in tables if any(a.get("Main") for a in each["Associations"])]
    for name in vpc.subnet_ids:
        own = [t for t in tables if any(a.get("SubnetId") == name for a in t["Associations"])]
        for table in own or main:
            identity = table["RouteTableId"]
            for route in table["Routes"]:
                to = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock", "")
                if to in _INTERNET and (out := _way_out(route)):
                    option = "ipv6-cidr-block" if ":" in to else "cidr-block"
                    command = (
                        f"aws ec2 delete-route --region {subject.region}"
                        f" --route-table-id {identity} --destination-{option} {to}"
                    )
                    what = f"{name} has a way to the internet: {identity} leads {to} to {out}"
                    yield problem(EXISTING, what, command)
            led = {route.get("GatewayId") for route in table["Routes"]}
            if vpc.s3_endpoint_id and vpc.s3_endpoint_id not in led:
                command = (
                    f"aws ec2 modify-vpc-endpoint --region {subject.region}"
                    f" --vpc-endpoint-id {vpc.s3_endpoint_id} --add-route-table-ids {identity}"
                )
                what = f"{name} does not reach S3: {identity} has no route to {vpc.s3_endpoint_id}"
                yield problem(EXISTING, what, command)


def _way_out(route: Any) -> str:
    return next(
        (route[key] for key, begin in _WAYS_OUT.items() if route.get(key, "").startswith(begin)), ""
    )


def _endpoints(subject: Subject, vpc: ExistingVpc) -> Iterator[Line]:
    wanted = {
        identity: f"com.amazonaws.{subject.region}.{service}"
        for service, identity in vpc.interface_endpoint_ids.items()
    }
    if vpc.s3_endpoint_id:
        wanted[vpc.s3_endpoint_id] = f"com.amazonaws.{subject.region}.s3"
    listing = ("describe_vpc_endpoints", "VpcEndpoints", "vpc-id", vpc.vpc_id)
    found = {each["VpcEndpointId"]: each for each in _listed(subject, *listing)}
    for identity, service in wanted.items():
        endpoint = found.get(identity)
        if endpoint is None:
            yield problem(EXISTING, f"there is no endpoint {identity} in {vpc.vpc_id}")
        elif endpoint["ServiceName"] != service:
            what = f"{identity} is of {endpoint['ServiceName']}, not of {service}"
            yield problem(EXISTING, what)
        elif endpoint["VpcEndpointType"] == "Interface" and not endpoint["PrivateDnsEnabled"]:
            command = (
                f"aws ec2 modify-vpc-endpoint --region {subject.region}"
                f" --vpc-endpoint-id {identity} --private-dns-enabled"
            )
            yield problem(EXISTING, f"{identity} has no private DNS names", command)
