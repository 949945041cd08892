"""What a DNS firewall leaves behind, and the protection that its stack cannot lift."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from mlops.teardown import removing
from mlops.teardown.finding import Listing
from mlops.teardown.kind import Kind
from mlops.teardown.removing import by, carefully, the_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.teardown.place import Place
    from mlops.teardown.removing import Remove

_SERVICE: Final = "route53resolver"
ASSOCIATION: Final = "DNS firewall of a VPC"


def _kind(words: str, kind: str, operation: str, field: str, remove: Remove) -> Kind:
    listing = Listing(_SERVICE, operation, field, "Name", identity="Id")
    return Kind(words, (f"AWS::Route53Resolver::{kind}",), partial(listing.of, words), remove)


KINDS: Final = (
    _kind(
        *(ASSOCIATION, "FirewallRuleGroupAssociation"),
        *("list_firewall_rule_group_associations", "FirewallRuleGroupAssociations"),
        removing.protected_association,
    ),
    _kind(
        *("rule group", "FirewallRuleGroup", "list_firewall_rule_groups", "FirewallRuleGroups"),
        removing.rule_group,
    ),
    _kind(
        *("domain list", "FirewallDomainList", "list_firewall_domain_lists"),
        "FirewallDomainLists",
        by(_SERVICE, "delete_firewall_domain_list", "FirewallDomainListId", the_id),
    ),
    _kind(
        *("log of look-ups", "ResolverQueryLoggingConfig", "list_resolver_query_log_configs"),
        *("ResolverQueryLogConfigs", removing.query_log),
    ),
)


def lift_protection(place: Place, log: Callable[[str], None]) -> None:
    """Take the rule groups from their VPCs: CloudFormation deletes no protected association.

    Source: aws-cdk, pull request 38795; Route 53 API Reference, MutationProtection.
    """
    for item in KINDS[0].find(place):
        log(f"deletes {item.kind} {item.name}, which is protected")
        carefully(removing.protected_association, place, item)
