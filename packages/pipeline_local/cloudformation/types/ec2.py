"""``AWS::EC2``: VPCs, subnets and routes, and what all types of EC2 have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, picked
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.service_api import as_boolean, as_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api


class Ec2Type(ApiType):
    """A resource that EC2 creates, describes and deletes by an id of its own.

    Attributes
    ----------
    noun
        As in operations: ``vpc`` of ``create_vpc`` and ``describe_vpcs``.
    member
        As in answers and parameters: ``Vpc`` of ``Vpcs`` and ``VpcId``.
    """

    service = "ec2"
    noun: str
    member: str
    shown: tuple[str, ...] = ()  # of the description, by names of the template

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the resource."""
        answer = api(f"create_{self.noun}", **self.request(context, properties))
        content = answer.get(self.member, answer)
        return str(content[f"{self.member}Id"])

    def request(self, context: Context, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of the creation."""
        del context
        return picked(properties, self.made_with)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Set the tags."""
        new, old = change.tags()
        if old:
            api("delete_tags", Resources=[physical_id], Tags=[{"Key": key} for key in old])
        if new:
            api("create_tags", Resources=[physical_id], Tags=new)

    def described(self, api: Api, physical_id: str) -> dict[str, Any]:
        """Return EC2's description."""
        ids = {f"{self.member}Ids": [physical_id]}
        found = api(f"describe_{self.noun}s", **ids).get(f"{self.member}s")
        if not found:
            raise NotFoundError(f"The {self.member} ID '{physical_id}' does not exist")
        description: dict[str, Any] = found[0]
        return description

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the id."""
        del api, context
        return {f"{self.member}Id": physical_id, "Id": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the resource and its tags."""
        description = self.described(api, physical_id)
        tags = as_tags(description.get("Tags"))
        return {**picked(description, (*self.shown, *self.made_with)), "Tags": tags}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the resource; EC2 refuses what others depend on."""
        del properties
        api.unless_gone(f"delete_{self.noun}", **{f"{self.member}Id": physical_id})


class Vpc(Ec2Type):
    """A VPC."""

    name = "AWS::EC2::VPC"
    noun, member = "vpc", "Vpc"
    made_with = ("CidrBlock", "InstanceTenancy")
    switches = ("EnableDnsSupport", "EnableDnsHostnames")
    properties = frozenset({*made_with, *switches}) | TAGS

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Switch names in the DNS on or off."""
        for switch in self.switches:
            if change.of(switch):
                value = as_boolean(change.after.get(switch, switch == "EnableDnsSupport"))
                api("modify_vpc_attribute", VpcId=physical_id, **{switch: {"Value": value}})
        super().configure(api, physical_id, change)

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the id and the group and the list that EC2 made with it."""
        del context
        here = {"Filters": [{"Name": "vpc-id", "Values": [physical_id]}]}
        groups = api("describe_security_groups", **here)["SecurityGroups"]
        lists = api("describe_network_acls", **here)["NetworkAcls"]
        vpc = self.described(api, physical_id)
        return {
            "VpcId": physical_id,
            "CidrBlock": vpc["CidrBlock"],
            "CidrBlockAssociations": [
                each["AssociationId"] for each in vpc.get("CidrBlockAssociationSet", ())
            ],
            "DefaultSecurityGroup": next(
                (each["GroupId"] for each in groups if each["GroupName"] == "default"), ""
            ),
            "DefaultNetworkAcl": next(
                (each["NetworkAclId"] for each in lists if each["IsDefault"]), ""
            ),
        }

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the VPC and its switches."""
        switches = {
            switch: api(
                "describe_vpc_attribute",
                VpcId=physical_id,
                Attribute=switch[0].lower() + switch[1:],
            )[switch]["Value"]
            for switch in self.switches
        }
        return {**super().found(api, physical_id), **switches}


class Subnet(Ec2Type):
    """A subnet."""

    name = "AWS::EC2::Subnet"
    noun, member = "subnet", "Subnet"
    made_with = ("AvailabilityZone", "CidrBlock", "VpcId")
    shown = ("MapPublicIpOnLaunch",)
    properties = frozenset({*made_with, *shown}) | TAGS

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Give or refuse public addresses."""
        if change.of("MapPublicIpOnLaunch"):
            public = {"Value": as_boolean(change.after.get("MapPublicIpOnLaunch"))}
            api("modify_subnet_attribute", SubnetId=physical_id, MapPublicIpOnLaunch=public)
        super().configure(api, physical_id, change)

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the id and where it is."""
        del context
        subnet = self.described(api, physical_id)
        return {"SubnetId": physical_id, **picked(subnet, self.made_with)}


class RouteTable(Ec2Type):
    """A route table."""

    name = "AWS::EC2::RouteTable"
    noun, member = "route_table", "RouteTable"
    made_with = ("VpcId",)
    properties = frozenset(made_with) | TAGS


class Route(ApiType):
    """A route; its physical id has the table and the destination."""

    name = "AWS::EC2::Route"
    service = "ec2"
    destinations = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    targets = (
        "EgressOnlyInternetGatewayId",
        "GatewayId",
        "InstanceId",
        "NatGatewayId",
        "NetworkInterfaceId",
        "TransitGatewayId",
        "VpcPeeringConnectionId",
    )
    made_with = ("RouteTableId", *destinations, *targets)
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the route."""
        del context
        api("create_route", **picked(properties, self.made_with))
        (destination,) = picked(properties, self.destinations).values()
        return f"{properties['RouteTableId']}|{destination}"

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Lead elsewhere."""
        del physical_id
        if change.of(*self.targets):
            api("replace_route", **picked(change.after, self.made_with))

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the route from its table."""
        table, destination = physical_id.split("|")
        for route in api("describe_route_tables", RouteTableIds=[table])["RouteTables"][0][
            "Routes"
        ]:
            if destination in picked(route, self.destinations).values():
                return {"RouteTableId": table, **picked(route, self.made_with)}
        raise NotFoundError(f"no route to {destination} in {table}")

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the route."""
        given = picked(properties, ("RouteTableId", *self.destinations))
        del physical_id
        api.unless_gone("delete_route", **given)


class SubnetRouteTableAssociation(ApiType):
    """The route table of a subnet."""

    name = "AWS::EC2::SubnetRouteTableAssociation"
    service = "ec2"
    made_with = ("RouteTableId", "SubnetId")
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Associate them."""
        del context
        answer = api("associate_route_table", **picked(properties, self.made_with))
        return str(answer["AssociationId"])

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the id."""
        del api, context
        return {"Id": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the association from its table."""
        name = "association.route-table-association-id"
        filters = [{"Name": name, "Values": [physical_id]}]
        for table in api("describe_route_tables", Filters=filters)["RouteTables"]:
            for each in table["Associations"]:
                if each["RouteTableAssociationId"] == physical_id:
                    return picked(each, self.made_with)
        raise NotFoundError(f"The association ID '{physical_id}' does not exist")

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Leave the subnet to the VPC's main table."""
        del properties
        api.unless_gone("disassociate_route_table", AssociationId=physical_id)


TYPES: tuple[ResourceType, ...] = (
    Vpc(),
    Subnet(),
    RouteTable(),
    Route(),
    SubnetRouteTableAssociation(),
)
