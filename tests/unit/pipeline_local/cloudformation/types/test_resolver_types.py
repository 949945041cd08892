"""A DNS firewall as templates write it, and what the resolver refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import ResourceError
from tests.unit.pipeline_local.cloudformation.types.resource_stack import TAGS

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

LIST, GROUP, ASSOCIATION, LOG, LOGGED = (
    f"Route53Resolver::{kind}"
    for kind in (
        *("FirewallDomainList", "FirewallRuleGroup", "FirewallRuleGroupAssociation"),
        *("ResolverQueryLoggingConfig", "ResolverQueryLoggingConfigAssociation"),
    )
)


@pytest.fixture
def vpc(stack: Stack) -> str:
    return stack.create("EC2::VPC", {"CidrBlock": "10.0.0.0/16"}).physical_id


def rule(domains: str, priority: int = 100, **more: Any) -> dict[str, Any]:
    return {"FirewallDomainListId": domains, "Priority": priority, "Action": "ALLOW", **more}


def test_a_firewall_and_its_protection(stack: Stack, vpc: str) -> None:
    name = stack.name
    few = {"Name": name, "Domains": ["a.example"], "Tags": TAGS}
    more = {**few, "Domains": ["a.example", "*.b.example"], "Tags": TAGS[:1]}
    known = stack.create(LIST, few).physical_id
    stack.update(LIST, known, few, more)
    rest = stack.create(LIST, {"Name": f"{name}-rest", "Domains": ["*"]}).physical_id
    block = rule(rest, 200, Action="BLOCK", BlockResponse="NXDOMAIN")
    trust = {"FirewallDomainRedirectionAction": "TRUST_REDIRECTION_DOMAIN"}
    open_group = {"Name": name, "FirewallRules": [rule(known)], "Tags": TAGS}
    closed = {**open_group, "FirewallRules": [rule(known, **trust), block]}
    group = stack.create(GROUP, open_group)
    assert group.attributes["Id"] == group.physical_id
    stack.update(GROUP, group.physical_id, open_group, closed)
    here = {"Name": name, "FirewallRuleGroupId": group.physical_id, "VpcId": vpc, "Priority": 101}
    protected = {**here, "MutationProtection": "ENABLED", "Tags": TAGS}
    association = stack.create(ASSOCIATION, protected).physical_id
    assert "Priority 101 is taken" in stack.refused(ASSOCIATION, here)
    assert "under mutation protection" in stack.stays(ASSOCIATION, association, protected)
    assert "is used by a rule" in stack.stays(LIST, known, more)
    free = {**protected, "MutationProtection": "DISABLED"}
    stack.update(ASSOCIATION, association, protected, free)
    stack.delete(ASSOCIATION, association, free)
    stack.delete(GROUP, group.physical_id, closed)
    stack.delete(LIST, known, more)


def test_a_protected_association_does_not_change(stack: Stack, vpc: str) -> None:
    group = stack.create(GROUP, {"Name": stack.name}).physical_id
    here = {"FirewallRuleGroupId": group, "VpcId": vpc, "Priority": 101}
    protected = {**here, "MutationProtection": "ENABLED"}
    association = stack.create(ASSOCIATION, protected).physical_id
    with pytest.raises(ResourceError, match="under mutation protection"):
        stack.update(ASSOCIATION, association, protected, {**protected, "Priority": 102})


def test_look_ups_are_logged(stack: Stack, vpc: str) -> None:
    arn = f"arn:aws:logs:{stack.aws.region}:{stack.aws.account}:log-group:/x/{stack.name}"
    log = {"Name": stack.name, "DestinationArn": arn, "Tags": TAGS}
    config = stack.create(LOG, log).physical_id
    both = {"ResolverQueryLogConfigId": config, "ResourceId": vpc}
    association = stack.create(LOGGED, both).physical_id
    assert "has associations" in stack.stays(LOG, config, log)
    stack.delete(LOGGED, association, both)
    stack.delete(LOG, config, log)


def test_a_network_fails_closed_until_somebody_opens_it(stack: Stack, vpc: str) -> None:
    client = stack.aws.client("route53resolver")

    def fails_open() -> str:
        config = client.get_firewall_config(ResourceId=vpc)["FirewallConfig"]
        return str(config["FirewallFailOpen"])

    assert fails_open() == "DISABLED"
    client.update_firewall_config(ResourceId=vpc, FirewallFailOpen="ENABLED")
    assert fails_open() == "ENABLED"
