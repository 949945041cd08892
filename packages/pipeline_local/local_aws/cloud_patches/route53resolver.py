"""Route 53 Resolver: DNS firewalls, of which moto knows nothing, and the ends of query logs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable

_PROTECTED = (
    "[RSLVR-02307] The DNS Firewall rule group association is under mutation protection. Remove the"
    " mutation protection and try again."
)


@dataclass
class Firewalls:
    """The DNS firewalls of an account in a region, by id, as their APIs describe them."""

    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    domains: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    associations: dict[str, dict[str, Any]] = field(default_factory=dict)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)


def install() -> None:
    """Apply all patches below."""
    everything_has_tags()
    lists_have_domains()
    groups_have_rules()
    groups_are_associated()
    networks_fail_open_or_closed()
    query_logs_end()


def firewalls_of(backend: Any) -> Firewalls:
    """Return the DNS firewalls that a backend has."""
    found: Firewalls = backend.__dict__.setdefault("firewalls", Firewalls())
    return found


def everything_has_tags() -> None:
    """Find the ARNs of firewalls and query logs, too, where tags are read and written."""
    from moto.route53resolver.models import Route53ResolverBackend

    def matched(known: Callable[..., Any], self: Any, arn: str) -> None:
        own = firewalls_of(self)
        kinds = (own.lists, own.groups, own.associations)
        arns = {each["Arn"] for kind in kinds for each in kind.values()}
        arns |= {each.arn for each in self.resolver_query_log_configs.values()}
        if arn not in arns:
            known(self, arn)

    around(Route53ResolverBackend, "_matched_arn", matched)


def lists_have_domains() -> None:
    """Answer the operations of domain lists."""

    def create(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        own = firewalls_of(backend)
        made = _made(backend, asked, "firewall-domain-list", "rslvr-fdl")
        own.lists[made["Id"]], own.domains[made["Id"]] = made, []
        return _list(own, made["Id"])

    def get(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        return _list(firewalls_of(backend), asked["FirewallDomainListId"])

    def update(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        own, name = firewalls_of(backend), asked["FirewallDomainListId"]
        before = _one(own.lists, name) and own.domains[name]
        given, operation = asked["Domains"], asked["Operation"]
        kept = [each for each in before if each not in given]
        own.domains[name] = {"ADD": [*kept, *given], "REMOVE": kept}.get(operation, given)
        found = own.lists[name]
        return {key: found[key] for key in ("Id", "Name", "Status")}

    def delete(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        own, name = firewalls_of(backend), asked["FirewallDomainListId"]
        _one(own.lists, name)
        if any(
            each["FirewallDomainListId"] == name for rules in own.rules.values() for each in rules
        ):
            raise _refused("ConflictException", f"Domain list {name} is used by a rule")
        return {"FirewallDomainList": {**own.lists.pop(name), "Status": "DELETING"}}

    _answer("create_firewall_domain_list", create, "FirewallDomainList")
    _answer("get_firewall_domain_list", get, "FirewallDomainList")
    _answer("update_firewall_domains", update)
    _answer("delete_firewall_domain_list", delete)
    _answer(
        "list_firewall_domains",
        lambda backend, asked: firewalls_of(backend).domains.get(asked["FirewallDomainListId"], []),
        "Domains",
    )
    _answer(
        "list_firewall_domain_lists",
        lambda backend, _: [*firewalls_of(backend).lists.values()],
        "FirewallDomainLists",
    )


def groups_have_rules() -> None:
    """Answer the operations of rule groups and their rules."""

    def create(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        own = firewalls_of(backend)
        made = _made(backend, asked, "firewall-rule-group", "rslvr-frg")
        own.groups[made["Id"]], own.rules[made["Id"]] = made, []
        return made

    def delete(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        own, name = firewalls_of(backend), asked["FirewallRuleGroupId"]
        _one(own.groups, name)
        used = any(each["FirewallRuleGroupId"] == name for each in own.associations.values())
        if used or own.rules[name]:
            raise _refused("ConflictException", f"Rule group {name} has rules or associations")
        return {**own.groups.pop(name), "Status": "DELETING"}

    def rule(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        own = firewalls_of(backend)
        _one(own.groups, asked["FirewallRuleGroupId"])
        _one(own.lists, asked.get("FirewallDomainListId", ""))
        made = {key: value for key, value in asked.items() if key != "CreatorRequestId"}
        rules = own.rules[asked["FirewallRuleGroupId"]]
        if any(each["Priority"] == made["Priority"] for each in rules):
            raise _refused("ValidationException", f"Priority {made['Priority']} is taken")
        rules.append(made)
        return made

    def without(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        rules = firewalls_of(backend).rules.get(asked["FirewallRuleGroupId"], [])
        for each in rules:
            if each["FirewallDomainListId"] == asked["FirewallDomainListId"]:
                rules.remove(each)
                return each
        raise _refused("ResourceNotFoundException", "The rule does not exist")

    _answer("create_firewall_rule_group", create, "FirewallRuleGroup")
    _answer(
        "get_firewall_rule_group",
        lambda backend, asked: _one(firewalls_of(backend).groups, asked["FirewallRuleGroupId"]),
        "FirewallRuleGroup",
    )
    _answer("delete_firewall_rule_group", delete, "FirewallRuleGroup")
    _answer("create_firewall_rule", rule, "FirewallRule")
    _answer("delete_firewall_rule", without, "FirewallRule")
    _answer(
        "list_firewall_rules",
        lambda backend, asked: firewalls_of(backend).rules.get(asked["FirewallRuleGroupId"], []),
        "FirewallRules",
    )
    _answer(
        "list_firewall_rule_groups",
        lambda backend, _: [*firewalls_of(backend).groups.values()],
        "FirewallRuleGroups",
    )


def groups_are_associated() -> None:
    """Answer the operations of associations, which a protection holds."""

    def associate(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        own = firewalls_of(backend)
        _one(own.groups, asked["FirewallRuleGroupId"])
        if asked["VpcId"] not in {each.id for each in backend.ec2_backend.describe_vpcs()}:
            raise _refused("ResourceNotFoundException", f"VPC {asked['VpcId']} does not exist")
        of_vpc = [each for each in own.associations.values() if each["VpcId"] == asked["VpcId"]]
        if any(each["Priority"] == asked["Priority"] for each in of_vpc):
            raise _refused("ValidationException", f"Priority {asked['Priority']} is taken")
        made = _made(backend, asked, "firewall-rule-group-association", "rslvr-frgassoc")
        own.associations[made["Id"]] = {"MutationProtection": "DISABLED", **made}
        return own.associations[made["Id"]]

    def named(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        own = firewalls_of(backend)
        return _one(own.associations, asked["FirewallRuleGroupAssociationId"])

    def update(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        found = named(backend, asked)
        changes = {key: value for key, value in asked.items() if key in found}
        if found["MutationProtection"] == "ENABLED" and [*changes] != ["MutationProtection"]:
            raise _refused("ValidationException", _PROTECTED)
        found.update(changes)
        return found

    def disassociate(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        found = named(backend, asked)
        if found["MutationProtection"] == "ENABLED":
            raise _refused("ValidationException", _PROTECTED)
        return firewalls_of(backend).associations.pop(found["Id"])

    of_one = "FirewallRuleGroupAssociation"
    _answer("associate_firewall_rule_group", associate, of_one)
    _answer("get_firewall_rule_group_association", named, of_one)
    _answer("update_firewall_rule_group_association", update, of_one)
    _answer("disassociate_firewall_rule_group", disassociate, of_one)
    _answer(
        "list_firewall_rule_group_associations",
        lambda backend, asked: [
            each
            for each in firewalls_of(backend).associations.values()
            if asked.get("VpcId") in {None, each["VpcId"]}
        ],
        f"{of_one}s",
    )


def networks_fail_open_or_closed() -> None:
    """Answer the operations of a VPC's firewall configuration: closed unless it was changed."""

    def get(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        vpc = asked["ResourceId"]
        closed = {
            "Id": f"rslvr-fc-{vpc.rpartition('-')[2]}",
            "ResourceId": vpc,
            "OwnerId": backend.account_id,
            "FirewallFailOpen": "DISABLED",
        }
        return firewalls_of(backend).configs.setdefault(vpc, closed)

    def update(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        found = get(backend, asked)
        found["FirewallFailOpen"] = asked["FirewallFailOpen"]
        return found

    _answer("get_firewall_config", get, "FirewallConfig")
    _answer("update_firewall_config", update, "FirewallConfig")


def query_logs_end() -> None:
    """Answer the operations that end the log of a VPC's look-ups."""

    def disassociate(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        associations = backend.resolver_query_log_config_associations
        for name, each in associations.items():
            wanted = (asked["ResolverQueryLogConfigId"], asked["ResourceId"])
            if (each.resolver_query_log_config_id, each.resource_id) == wanted:
                backend.resolver_query_log_configs[wanted[0]].association_count -= 1
                answer: dict[str, Any] = associations.pop(name).description()
                return answer
        raise _refused("ResourceNotFoundException", "The association does not exist")

    def delete(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        found = backend.get_resolver_query_log_config(asked["ResolverQueryLogConfigId"])
        if found.association_count:
            raise _refused("InvalidRequestException", f"{found.id} has associations")
        answer: dict[str, Any] = backend.resolver_query_log_configs.pop(found.id).description()
        return answer

    _answer(
        "disassociate_resolver_query_log_config", disassociate, "ResolverQueryLogConfigAssociation"
    )
    _answer("delete_resolver_query_log_config", delete, "ResolverQueryLogConfig")


def _answer(operation: str, work: Callable[[Any, dict[str, Any]], Any], member: str = "") -> None:
    from moto.route53resolver.responses import Route53ResolverResponse

    def respond(self: Any) -> str:
        found = work(self.route53resolver_backend, json.loads(self.body))
        return json.dumps({member: found} if member else found)

    put(Route53ResolverResponse, operation, respond)


def _made(backend: Any, asked: dict[str, Any], kind: str, start: str) -> dict[str, Any]:
    """Return the description of something new, and tag it."""
    from moto.moto_api._internal import mock_random
    from moto.utilities.utils import get_partition

    name = f"{start}-{mock_random.get_random_hex(16)}"
    place = f"{backend.region_name}:{backend.account_id}"
    arn = f"arn:{get_partition(backend.region_name)}:route53resolver:{place}:{kind}/{name}"
    backend.tagger.tag_resource(arn, asked.get("Tags", []))
    left = {key: value for key, value in asked.items() if key != "Tags"}
    return {**left, "Id": name, "Arn": arn, "Status": "COMPLETE"}


def _list(own: Firewalls, name: str) -> dict[str, Any]:
    return {**_one(own.lists, name), "DomainCount": len(own.domains[name])}


def _one(known: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    if name not in known:
        raise _refused("ResourceNotFoundException", f"Resource {name!r} does not exist")
    return known[name]


def _refused(code: str, message: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(code, message)
