"""A leftover of every kind that answers look-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline_local.aws import Aws


def look_ups(aws: Aws, name: str) -> dict[str, str]:
    """Make a protected DNS firewall of a VPC that is not ours, and a log of its look-ups."""
    resolver = aws.client("route53resolver")
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    once = {"CreatorRequestId": "left"}
    domains = resolver.create_firewall_domain_list(Name=name, **once)["FirewallDomainList"]["Id"]
    group = resolver.create_firewall_rule_group(Name=name, **once)["FirewallRuleGroup"]["Id"]
    of_group = {"FirewallRuleGroupId": group, "FirewallDomainListId": domains}
    resolver.create_firewall_rule(Name=name, Priority=1, Action="ALLOW", **of_group, **once)
    resolver.associate_firewall_rule_group(
        FirewallRuleGroupId=group,
        VpcId=vpc,
        Name=name,
        Priority=101,
        MutationProtection="ENABLED",
        **once,
    )
    arn = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/left"
    config = resolver.create_resolver_query_log_config(Name=name, DestinationArn=arn, **once)
    named = {"ResolverQueryLogConfigId": config["ResolverQueryLogConfig"]["Id"]}
    resolver.associate_resolver_query_log_config(ResourceId=vpc, **named)
    resolver.create_firewall_domain_list(Name="of-somebody-else", CreatorRequestId="other")
    kinds = ("DNS firewall of a VPC", "rule group", "domain list", "log of look-ups")
    return dict.fromkeys(kinds, name)
