"""Zones, S3's prefix list, and what endpoint services offer where the templates want them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from environments.loading import file_of
from mlops.doctor.line import ok, problem, unknown
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject
    from promises.world import Resource

ZONES, PREFIX_LIST, SERVICES = "zones", "prefix list", "endpoint services"
_ENDPOINT, _SUBNET = "AWS::EC2::VPCEndpoint", "AWS::EC2::Subnet"
_USABLE = "available"


def zones(subject: Subject) -> Iterator[Line]:
    """Check that the zones of the settings are there, switched on and working."""
    listing = ("ec2", "describe_availability_zones", "AvailabilityZones")
    found = {
        each["ZoneName"]: each for each in subject.place.pages(*listing, AllAvailabilityZones=True)
    }
    usable = sorted(
        name
        for name, each in found.items()
        if each.get("OptInStatus") != "not-opted-in" and each["State"] == _USABLE
    )
    wanted = subject.settings.network.availability_zones
    file = f"{file_of(subject.settings.name)}, network.availability_zones"
    for name in wanted:
        if name not in found:
            yield problem(ZONES, f"{file}: there is no {name}; choose of {', '.join(usable)}")
        elif found[name].get("OptInStatus") == "not-opted-in":
            command = (
                f"aws ec2 modify-availability-zone-group --region {subject.region}"
                f" --group-name {found[name]['GroupName']} --opt-in-status opted-in"
            )
            yield problem(ZONES, f"{name} is not switched on in this account", command)
        elif name not in usable:
            what = f"{name} is {found[name]['State']}; choose of {', '.join(usable)}"
            yield problem(ZONES, f"{file}: {what}")
    if set(wanted) <= set(usable):
        yield ok(ZONES, f"{', '.join(wanted)} are there")


def prefix_list(subject: Subject) -> Iterator[Line]:
    """Check that the prefix list that security groups let out to is S3's here."""
    name = f"com.amazonaws.{subject.region}.s3"
    only = [{"Name": "prefix-list-name", "Values": [name]}]
    listing = ("ec2", "describe_managed_prefix_lists", "PrefixLists")
    right = {each["PrefixListId"] for each in subject.place.pages(*listing, Filters=only)}
    used = {
        str(value)
        for each in subject.world.resources
        for where, value in values_in(each.properties)
        if where[-1:] == ("DestinationPrefixListId",)
    }
    if not right:
        yield unknown(PREFIX_LIST, f"AWS names no prefix list {name}")
        return
    (listed,) = sorted(right)
    for each in sorted(used - right):
        file = f"{file_of(subject.settings.name)}, network.s3_prefix_list"
        yield problem(PREFIX_LIST, f"{file}: {each} is not {name}; write {listed}")
    if used <= right:
        yield ok(PREFIX_LIST, f"{listed} is {name}")


def endpoint_services(subject: Subject) -> Iterator[Line]:
    """Check that each endpoint's service takes its policy and private names, and has its zones."""
    wanted = list(subject.world.of_kind(_ENDPOINT))
    names = sorted({str(each.properties["ServiceName"]) for each in wanted})
    if not names:
        return
    only = [{"Name": "service-name", "Values": names}]
    listing = ("ec2", "describe_vpc_endpoint_services", "ServiceDetails")
    found: dict[tuple[str, str], Mapping[str, Any]] = {
        (each["ServiceName"], kind["ServiceType"]): each
        for each in subject.place.pages(*listing, Filters=only)
        for kind in each["ServiceType"]
    }
    before, subnets = 0, {each.ref: each for each in subject.world.of_kind(_SUBNET)}
    for each in wanted:
        kind = str(each.properties.get("VpcEndpointType", "Gateway"))
        service = found.get((str(each.properties["ServiceName"]), kind))
        settings = f"{file_of(subject.settings.name)}, network.endpoint_policies"
        lacks = list(_lacks(each, service, _zones_of(subject, each, subnets), settings))
        before += not lacks
        for what in lacks:
            yield problem(SERVICES, f"{each.properties['ServiceName']} {what}")
    if before:
        yield ok(SERVICES, f"{before} of {len(wanted)} offer what their endpoints need")


def _lacks(
    endpoint: Resource, service: Mapping[str, Any] | None, zones: set[str], settings: str
) -> Iterator[str]:
    kind = str(endpoint.properties.get("VpcEndpointType", "Gateway"))
    if service is None:
        yield f"is not offered here as a service of {kind.lower()} endpoints"
        return
    takes, name = service["VpcEndpointPolicySupported"], service["ServiceName"].split(".", 3)[-1]
    if "PolicyDocument" in endpoint.properties and not takes:
        yield (
            "takes no policy, and the deployment would fail at its endpoint; write in "
            f"{settings}: {{{name}: false}}, and read what promise 13 assumes then"
        )
    if "PolicyDocument" not in endpoint.properties and takes:
        yield f"takes a policy, and its endpoint has none; write in {settings}: {{{name}: true}}"
    names = service.get("PrivateDnsNames") or service.get("PrivateDnsName")
    if endpoint.properties.get("PrivateDnsEnabled") and not names:
        yield "has no private DNS names, which its endpoint wants"
    if missing := sorted(zones - set(service["AvailabilityZones"])):
        yield (
            f"is not in {', '.join(missing)}, but in {', '.join(service['AvailabilityZones'])}; "
            "choose other zones, or leave its endpoint out"
        )


def _zones_of(subject: Subject, endpoint: Resource, subnets: Mapping[str, Resource]) -> set[str]:
    """Return the zones of an endpoint's subnets; those of an existing VPC are in the settings."""
    ids = list(endpoint.properties.get("SubnetIds", ()))
    existing = subject.settings.network.existing_vpc
    given = existing.subnet_ids if existing else ()
    there = (
        dict(zip(given, subject.settings.network.availability_zones, strict=True)) if given else {}
    )
    made = {ref: str(each.properties["AvailabilityZone"]) for ref, each in subnets.items()}
    return {zone for each in ids if (zone := {**there, **made}.get(each))}
