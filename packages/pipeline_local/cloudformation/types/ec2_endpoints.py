"""``AWS::EC2``: endpoints, flow logs and DHCP options of a VPC, and lists of addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked
from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError
from pipeline_local.cloudformation.service_api import as_document
from pipeline_local.cloudformation.types.ec2 import Ec2Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api


# Of the id of a resource that has a flow log, and of the API's DHCP options.
_KINDS = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface"}
_OPTIONS = {
    "DomainName": "domain-name",
    "DomainNameServers": "domain-name-servers",
    "NetbiosNameServers": "netbios-name-servers",
    "NetbiosNodeType": "netbios-node-type",
    "NtpServers": "ntp-servers",
}
_LISTS = frozenset({"DomainNameServers", "NetbiosNameServers", "NtpServers"})


class VpcEndpoint(Ec2Type):
    """An endpoint of a service in a VPC."""

    name = "AWS::EC2::VPCEndpoint"
    noun, member = "vpc_endpoint", "VpcEndpoint"
    lists = ("RouteTableIds", "SecurityGroupIds", "SubnetIds")
    made_with = (
        "PolicyDocument",
        "PrivateDnsEnabled",
        "ServiceName",
        "VpcEndpointType",
        "VpcId",
        *lists,
    )
    properties = frozenset(made_with) | TAGS

    def request(self, context: Context, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of the creation; without a type it is a gateway, as EC2 has it."""
        given = super().request(context, properties)
        return {"VpcEndpointType": "Gateway", "PrivateDnsEnabled": False, **given}

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change the policy, names in the DNS, and what the endpoint is attached to."""
        changes: dict[str, Any] = {}
        for name in self.lists:
            new, old = change.items(name)
            changes |= {f"Add{name}": new or None, f"Remove{name}": old or None}
        if change.of("PolicyDocument"):
            document = change.after.get("PolicyDocument")
            changes |= {"PolicyDocument": document, "ResetPolicy": document is None}
        if change.of("PrivateDnsEnabled"):
            changes["PrivateDnsEnabled"] = change.after.get("PrivateDnsEnabled", False)
        if any(value is not None for value in changes.values()):
            api("modify_vpc_endpoint", VpcEndpointId=physical_id, **changes)
        super().configure(api, physical_id, change)

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the id, names in the DNS, and network interfaces."""
        del context
        endpoint = self.described(api, physical_id)
        names = endpoint.get("DnsEntries", ())
        return {
            "Id": physical_id,
            "DnsEntries": [f"{each.get('HostedZoneId')}:{each.get('DnsName')}" for each in names],
            "NetworkInterfaceIds": endpoint.get("NetworkInterfaceIds", []),
        }

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the endpoint."""
        endpoint = self.described(api, physical_id)
        return {
            **super().found(api, physical_id),
            "PolicyDocument": as_document(endpoint["PolicyDocument"]),
            "SecurityGroupIds": [each["GroupId"] for each in endpoint.get("Groups", ())],
        }

    def described(self, api: Api, physical_id: str) -> dict[str, Any]:
        """Return EC2's description; it describes an endpoint for a while after its deletion."""
        endpoint = super().described(api, physical_id)
        if endpoint["State"].lower() == "deleted":
            raise NotFoundError(f"The Vpc Endpoint Id '{physical_id}' does not exist")
        return endpoint

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the endpoint."""
        del properties
        api.unless_gone("delete_vpc_endpoints", VpcEndpointIds=[physical_id])


class FlowLog(Ec2Type):
    """A log of the traffic of a VPC, subnet or network interface."""

    name = "AWS::EC2::FlowLog"
    noun, member = "flow_log", "FlowLog"
    made_with = (
        "DeliverLogsPermissionArn",
        "LogDestination",
        "LogDestinationType",
        "LogFormat",
        "LogGroupName",
        "MaxAggregationInterval",
        "ResourceId",
        "ResourceType",
        "TrafficType",
    )
    properties = frozenset(made_with) | TAGS

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the flow log; EC2 answers for each resource."""
        given = self.request(context, properties)
        answer = api("create_flow_logs", ResourceIds=[given.pop("ResourceId")], **given)
        for refused in answer.get("Unsuccessful", ()):
            raise ResourceError(refused["Error"]["Message"])
        return str(answer["FlowLogIds"][0])

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the flow log; EC2 names the kind of the resource by the resource's id only."""
        resource = self.described(api, physical_id)["ResourceId"]
        kind = _KINDS.get(resource.split("-")[0])
        return {**super().found(api, physical_id), "ResourceType": kind}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the flow log."""
        del properties
        api.unless_gone("delete_flow_logs", FlowLogIds=[physical_id])


class DhcpOptions(Ec2Type):
    """What machines of a VPC learn by DHCP."""

    name = "AWS::EC2::DHCPOptions"
    noun, member = "dhcp_options", "DhcpOptions"
    made_with = tuple(_OPTIONS)
    properties = frozenset(made_with) | TAGS

    def request(self, context: Context, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of the creation."""
        given = super().request(context, properties)
        options = [
            {"Key": _OPTIONS[name], "Values": value if isinstance(value, list) else [value]}
            for name, value in given.items()
        ]
        return {"DhcpConfigurations": options}

    def described(self, api: Api, physical_id: str) -> dict[str, Any]:
        """Return EC2's description, with the options by the template's names."""
        found: dict[str, Any] = api("describe_dhcp_options", DhcpOptionsIds=[physical_id])[
            "DhcpOptions"
        ][0]
        options = {
            option["Key"]: [each["Value"] for each in option["Values"]]
            for option in found["DhcpConfigurations"]
        }
        return found | {
            name: options[key] if name in _LISTS else options[key][0]
            for name, key in _OPTIONS.items()
            if key in options
        }


class VpcDhcpOptionsAssociation(ApiType):
    """The DHCP options of a VPC; its physical id has both."""

    name = "AWS::EC2::VPCDHCPOptionsAssociation"
    service = "ec2"
    made_with = ("DhcpOptionsId", "VpcId")
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Associate them."""
        del context
        api("associate_dhcp_options", **picked(properties, self.made_with))
        return "|".join(properties[name] for name in self.made_with)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Give the VPC other options."""
        del physical_id
        if change.of("DhcpOptionsId"):
            api("associate_dhcp_options", **picked(change.after, self.made_with))

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the options of the VPC."""
        vpc = physical_id.split("|")[1]
        options = api("describe_vpcs", VpcIds=[vpc])["Vpcs"][0].get("DhcpOptionsId")
        if options in {None, "", "default"}:
            raise NotFoundError(f"{vpc} has the default DHCP options")
        return {"DhcpOptionsId": options, "VpcId": vpc}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Give the VPC the default options."""
        del properties
        vpc = physical_id.split("|")[1]
        api.unless_gone("associate_dhcp_options", DhcpOptionsId="default", VpcId=vpc)


class PrefixList(Ec2Type):
    """A list of address ranges."""

    name = "AWS::EC2::PrefixList"
    noun, member = "managed_prefix_list", "PrefixList"
    made_with = ("AddressFamily", "Entries", "MaxEntries", "PrefixListName")
    properties = (
        frozenset({"AddressFamily", "MaxEntries", "PrefixListName"})
        | below("Entries", "Cidr", "Description")
        | TAGS
    )

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Exchange entries."""
        new, old = change.items("Entries")
        if new or old or change.of("PrefixListName"):
            version = self.described(api, physical_id)["Version"]
            gone = {each["Cidr"] for each in old} - {each["Cidr"] for each in new}
            api(
                "modify_managed_prefix_list",
                PrefixListId=physical_id,
                CurrentVersion=version,
                PrefixListName=change.after["PrefixListName"],
                AddEntries=new or None,
                RemoveEntries=[{"Cidr": cidr} for cidr in sorted(gone)] or None,
            )
        super().configure(api, physical_id, change)

    def described(self, api: Api, physical_id: str) -> dict[str, Any]:
        """Return EC2's description; it describes a list for a while after its deletion."""
        described = super().described(api, physical_id)
        if described["State"].startswith("delete"):
            raise NotFoundError(f"The prefix list ID '{physical_id}' does not exist.")
        return described

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return what EC2 says of the list."""
        del context
        names = {"PrefixListArn": "Arn", "OwnerId": "OwnerId", "Version": "Version"}
        described = self.described(api, physical_id)
        told = {name: described[answered] for answered, name in names.items()}
        return {**told, "PrefixListId": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the list and its entries."""
        entries = api("get_managed_prefix_list_entries", PrefixListId=physical_id)["Entries"]
        return {**super().found(api, physical_id), "Entries": entries}


TYPES: tuple[ResourceType, ...] = (
    VpcEndpoint(),
    FlowLog(),
    DhcpOptions(),
    VpcDhcpOptionsAssociation(),
    PrefixList(),
)
