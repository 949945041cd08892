"""A DNS firewall: some names of a VPC's look-ups are answered, all others are blocked or logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_route53resolver as resolver
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_logs as logs

# AWS Firewall Manager has the first hundred and the last (Route 53 Developer Guide, "Managing
# associations between your VPC and DNS Firewall rule groups").
PRIORITY = 101
_KNOWN, _REST = 100, 200


class DnsFirewall(Construct):
    """An allow list, a rule that blocks or only alerts of the rest, and a record of all look-ups.

    Names that a name on the list leads to (CNAME) are answered, too: who owns the name decides. The
    association is protected and made last: CloudFormation, which neither changes nor deletes a
    protected one, then never has to take it back. `mlops destroy` lifts the protection.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        vpc: ec2.IVpc,
        names: Sequence[str],
        watch_only: bool,
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        known = self._list("Known", f"{name}-known", names)
        rest = self._list("Rest", f"{name}-rest", ["*"])
        rule = resolver.CfnFirewallRuleGroup.FirewallRuleProperty
        of_rest = {"action": "BLOCK", "block_response": "NXDOMAIN"}
        group = resolver.CfnFirewallRuleGroup(
            self,
            "Rules",
            name=name,
            firewall_rules=[
                rule(
                    priority=_KNOWN,
                    action="ALLOW",
                    firewall_domain_list_id=known,
                    firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN",
                ),
                rule(
                    priority=_REST,
                    firewall_domain_list_id=rest,
                    **({"action": "ALERT"} if watch_only else of_rest),
                ),
            ],
        )
        config = resolver.CfnResolverQueryLoggingConfig(
            self, "Log", name=name, destination_arn=log_group.log_group_arn
        )
        logged = resolver.CfnResolverQueryLoggingConfigAssociation(
            self, "LogOfVpc", resolver_query_log_config_id=config.ref, resource_id=vpc.vpc_id
        )
        association = resolver.CfnFirewallRuleGroupAssociation(
            self,
            "RulesOfVpc",
            name=name,
            firewall_rule_group_id=group.ref,
            vpc_id=vpc.vpc_id,
            priority=PRIORITY,
            mutation_protection="ENABLED",
        )
        association.add_resource_dependency(logged)

    def _list(self, construct_id: str, name: str, domains: Sequence[str]) -> str:
        resource = resolver.CfnFirewallDomainList(
            self, construct_id, name=name, domains=list(domains)
        )
        return str(resource.ref)
