"""``AWS::Route53Resolver``: DNS firewalls, and logs of what is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.service_api import as_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_RULE = (
    *("Action", "BlockOverrideDnsType", "BlockOverrideDomain", "BlockOverrideTtl"),
    *("BlockResponse", "FirewallDomainListId", "FirewallDomainRedirectionAction"),
    *("Priority", "Qtype"),
)


class _Resolver(ApiType):
    """What the resolver makes under an id, with tags."""

    service = "route53resolver"
    noun: str  # in operations
    member: str  # of answers, and the start of the id's parameter

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create it."""
        given = {"Name": context.generated_name[:64], **picked(properties, self.made_with)}
        answer = api(f"create_{self.noun}", **given, CreatorRequestId=context.generated_name)
        return str(answer[self.member]["Id"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Set tags."""
        retag(api, change, lambda: {"ResourceArn": self.described(api, physical_id)["Arn"]})

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return id and ARN."""
        del context
        return {"Id": physical_id, "Arn": self.described(api, physical_id)["Arn"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read what the service describes, and tags."""
        described = self.described(api, physical_id)
        names = {name.split(".")[0] for name in self.properties}
        tags = api("list_tags_for_resource", ResourceArn=described["Arn"])["Tags"]
        return {**picked(described, sorted(names)), "Tags": as_tags(tags)}

    def described(self, api: Api, physical_id: str) -> dict[str, Any]:
        """Return the service's description."""
        found: dict[str, Any] = api(f"get_{self.noun}", **self.named(physical_id))[self.member]
        return found

    def named(self, physical_id: str) -> dict[str, str]:
        """Return the parameter that names it."""
        return {f"{self.member}Id": physical_id}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete it."""
        del properties
        api.unless_gone(f"delete_{self.noun}", **self.named(physical_id))


class DomainList(_Resolver):
    """A list of names."""

    name = "AWS::Route53Resolver::FirewallDomainList"
    noun, member = "firewall_domain_list", "FirewallDomainList"
    made_with = ("Name", "Tags")
    properties = frozenset({"Name", "Domains"}) | TAGS

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Replace the names."""
        if change.of("Domains"):
            domains = change.after.get("Domains", [])
            given = {"Operation": "REPLACE", "Domains": domains}
            api("update_firewall_domains", **self.named(physical_id), **given)
        super().configure(api, physical_id, change)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the list and its names."""
        domains = api.every("list_firewall_domains", "Domains", **self.named(physical_id))
        return {**super().found(api, physical_id), "Domains": domains}


class RuleGroup(_Resolver):
    """Rules, by priority."""

    name = "AWS::Route53Resolver::FirewallRuleGroup"
    noun, member = "firewall_rule_group", "FirewallRuleGroup"
    made_with = ("Name", "Tags")
    properties = frozenset({"Name"}) | below("FirewallRules", *_RULE) | TAGS

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Exchange rules."""
        new, old = change.items("FirewallRules")
        for rule in old:
            self._delete(api, physical_id, rule)
        for rule in new:
            given = {
                **rule,
                "Name": f"priority-{rule['Priority']}",
                "CreatorRequestId": physical_id,
            }
            api("create_firewall_rule", **self.named(physical_id), **given)
        super().configure(api, physical_id, change)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the group and its rules."""
        rules = api.every("list_firewall_rules", "FirewallRules", **self.named(physical_id))
        return {
            **super().found(api, physical_id),
            "FirewallRules": [picked(each, _RULE) for each in rules],
        }

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the rules, then the group."""
        for rule in properties.get("FirewallRules", ()):
            self._delete(api, physical_id, rule)
        super().remove(api, physical_id, properties)

    def _delete(self, api: Api, physical_id: str, rule: Mapping[str, Any]) -> None:
        given = picked(rule, ("FirewallDomainListId", "Qtype"))
        api.unless_gone("delete_firewall_rule", **self.named(physical_id), **given)


class RuleGroupAssociation(_Resolver):
    """A rule group of a VPC; while it is protected, CloudFormation cannot take it away."""

    name = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
    noun, member = "firewall_rule_group_association", "FirewallRuleGroupAssociation"
    made_with = (
        *("FirewallRuleGroupId", "MutationProtection", "Name", "Priority", "Tags", "VpcId"),
    )
    properties = frozenset(made_with) - {"Tags"} | TAGS

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Associate the group."""
        given = {"Name": context.generated_name[:64], **picked(properties, self.made_with)}
        given["CreatorRequestId"] = context.generated_name
        return str(api("associate_firewall_rule_group", **given)[self.member]["Id"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change what can change."""
        names = [each for each in ("MutationProtection", "Name", "Priority") if change.of(each)]
        if names:
            given = picked(change.after, names)
            api("update_firewall_rule_group_association", **self.named(physical_id), **given)
        super().configure(api, physical_id, change)

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Take the group from the VPC."""
        del properties
        api.unless_gone("disassociate_firewall_rule_group", **self.named(physical_id))


class QueryLog(_Resolver):
    """Where look-ups are logged."""

    name = "AWS::Route53Resolver::ResolverQueryLoggingConfig"
    noun, member = "resolver_query_log_config", "ResolverQueryLogConfig"
    made_with = ("DestinationArn", "Name", "Tags")
    properties = frozenset({"DestinationArn", "Name"}) | TAGS

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return what the service says of it."""
        del context
        described = self.described(api, physical_id)
        names = ("Arn", "AssociationCount", "CreationTime", "CreatorRequestId", "OwnerId")
        return {"Id": physical_id, **picked(described, (*names, "ShareStatus", "Status"))}


class QueryLogAssociation(ApiType):
    """A VPC whose look-ups are logged."""

    name = "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"
    service = "route53resolver"
    made_with = ("ResolverQueryLogConfigId", "ResourceId")
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Associate them."""
        del context
        given = picked(properties, self.made_with)
        answer = api("associate_resolver_query_log_config", **given)
        return str(answer["ResolverQueryLogConfigAssociation"]["Id"])

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the id."""
        del api, context
        return {"Id": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the association."""
        named = {"ResolverQueryLogConfigAssociationId": physical_id}
        answer = api("get_resolver_query_log_config_association", **named)
        return picked(answer["ResolverQueryLogConfigAssociation"], self.made_with)

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """End the log of this VPC."""
        try:
            found = self.found(api, physical_id)
        except NotFoundError:
            return
        del properties
        api.unless_gone("disassociate_resolver_query_log_config", **found)


TYPES: tuple[ResourceType, ...] = (
    DomainList(),
    RuleGroup(),
    RuleGroupAssociation(),
    QueryLog(),
    QueryLogAssociation(),
)
