"""``AWS::EC2``: security groups and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.types.ec2 import Ec2Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_OTHER_SIDE = {"ingress": "Source", "egress": "Destination"}
# The rule that EC2 gives to a new group, until the template has another one.
_DEFAULT = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def _members(direction: str) -> tuple[str, ...]:
    side = _OTHER_SIDE[direction]
    other = (f"{side}PrefixListId", f"{side}SecurityGroupId")
    return ("CidrIp", "CidrIpv6", "Description", "FromPort", "IpProtocol", "ToPort", *other)


class SecurityGroup(Ec2Type):
    """A security group, with rules in it."""

    name = "AWS::EC2::SecurityGroup"
    noun, member = "security_group", "Group"
    made_with = ("GroupDescription", "GroupName", "VpcId")
    properties = (
        frozenset(made_with)
        | below("SecurityGroupIngress", *_members("ingress"))
        | below("SecurityGroupEgress", *_members("egress"))
        | TAGS
    )

    def request(self, context: Context, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of the creation; a group needs a name."""
        name = properties.get("GroupName") or context.generated_name
        about = {"GroupName": name, "Description": properties["GroupDescription"]}
        return {**about, **picked(properties, ("VpcId",))}

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Exchange rules."""
        for direction in _OTHER_SIDE:
            new, old = change.items(f"SecurityGroup{direction.capitalize()}")
            for rule in old:
                _revoke(api, direction, physical_id, rule)
            if new and direction == "egress":
                _revoke(api, direction, physical_id, _DEFAULT)
            for rule in new:
                _authorize(api, direction, physical_id, rule)
        super().configure(api, physical_id, change)

    def described(self, api: Api, physical_id: str) -> dict[str, Any]:
        """Return EC2's description."""
        group = api("describe_security_groups", GroupIds=[physical_id])["SecurityGroups"][0]
        return {**group, "GroupDescription": group["Description"]}

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the id and the VPC."""
        del context
        return {"GroupId": physical_id, "VpcId": self.described(api, physical_id)["VpcId"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the group and all of its rules, also those of resources of their own."""
        filters = [{"Name": "group-id", "Values": [physical_id]}]
        rules = api("describe_security_group_rules", Filters=filters)["SecurityGroupRules"]
        read: dict[str, list[dict[str, Any]]] = {}
        for rule in rules:
            direction = "egress" if rule["IsEgress"] else "ingress"
            read.setdefault(f"SecurityGroup{direction.capitalize()}", []).append(
                _of_template(rule, direction)
            )
        return {**super().found(api, physical_id), **read}


class _Rule(ApiType):
    """A rule of a group, as a resource of its own."""

    service = "ec2"
    direction: str

    def __init__(self, direction: str) -> None:
        self.direction = direction
        self.name = f"AWS::EC2::SecurityGroup{direction.capitalize()}"
        self.made_with = ("GroupId", *_members(direction))
        self.properties = frozenset(self.made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Add the rule; the first one takes the place of EC2's own."""
        del context
        group = str(properties["GroupId"])
        if self.direction == "egress":
            _revoke(api, self.direction, group, _DEFAULT)
        return _authorize(api, self.direction, group, properties)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Describe the rule anew; all else makes another one."""
        del physical_id
        if change.of("Description"):
            described = {"Description": "", **change.after}
            api(
                f"update_security_group_rule_descriptions_{self.direction}",
                GroupId=change.after["GroupId"],
                IpPermissions=[_permission(self.direction, described)],
            )

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the id."""
        del api, context
        return {"Id": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the rule."""
        ids = {"SecurityGroupRuleIds": [physical_id]}
        rules = api("describe_security_group_rules", **ids)["SecurityGroupRules"]
        if not rules:
            raise NotFoundError(f"The security group rule ID '{physical_id}' does not exist")
        return {"GroupId": rules[0]["GroupId"], **_of_template(rules[0], self.direction)}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Take the rule out of the group."""
        rule = {"GroupId": properties["GroupId"], "SecurityGroupRuleIds": [physical_id]}
        api.unless_gone(f"revoke_security_group_{self.direction}", **rule)


def _authorize(api: Api, direction: str, group: str, rule: Mapping[str, Any]) -> str:
    permission = [_permission(direction, rule)]
    answer = api(f"authorize_security_group_{direction}", GroupId=group, IpPermissions=permission)
    return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])


def _revoke(api: Api, direction: str, group: str, rule: Mapping[str, Any]) -> None:
    permission = [_permission(direction, rule)]
    api.unless_gone(f"revoke_security_group_{direction}", GroupId=group, IpPermissions=permission)


def _permission(direction: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule of a template as a permission of the API."""
    side = _OTHER_SIDE[direction]
    lists = {
        "CidrIp": ("IpRanges", "CidrIp"),
        "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        f"{side}PrefixListId": ("PrefixListIds", "PrefixListId"),
        f"{side}SecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    }
    described = picked(rule, ("Description",))
    others = {
        items: [{member: rule[name], **described}]
        for name, (items, member) in lists.items()
        if rule.get(name)
    }
    return {**picked(rule, ("IpProtocol", "FromPort", "ToPort")), **others}


def _of_template(rule: Mapping[str, Any], direction: str) -> dict[str, Any]:
    """Return a rule that EC2 describes in the template's form."""
    side = _OTHER_SIDE[direction]
    names = {
        "CidrIpv4": "CidrIp",
        "CidrIpv6": "CidrIpv6",
        "Description": "Description",
        "FromPort": "FromPort",
        "IpProtocol": "IpProtocol",
        "PrefixListId": f"{side}PrefixListId",
        "ToPort": "ToPort",
    }
    read = {name: rule[answered] for answered, name in names.items() if answered in rule}
    group = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    return {**read, **({f"{side}SecurityGroupId": group} if group else {})}


TYPES: tuple[ResourceType, ...] = (SecurityGroup(), _Rule("ingress"), _Rule("egress"))
