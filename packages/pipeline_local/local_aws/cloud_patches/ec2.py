"""Patches of moto's EC2: endpoint policies, rules of security groups, and what is in use."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable

# Services of AWS whose endpoints take no policy, and who has seen it; AWS publishes no list since
# 2021 (``DescribeVpcEndpointServices`` tells for each service and Region).
_LISTED = "VPC User Guide, AWS services that you can use with AWS PrivateLink, 2021"
_WITHOUT_POLICY = {
    "codepipeline": _LISTED,
    "servicecatalog": _LISTED,
    "email-smtp": "Amazon SES Developer Guide, VPC endpoints; refused in us-gov-west-1",
    "neptune-graph": "refused in ca-central-1: landing-zone-accelerator-on-aws, issue 936",
}
# Services of others take none (VPC User Guide, "Control access to VPC endpoints").
_SERVICE_OF_OTHERS = re.compile(r"^com\.amazonaws\.vpce\.")
_WITH_PORTS = frozenset({"tcp", "6", "udp", "17", "icmp", "1", "icmpv6", "58"})


def install() -> None:
    """Apply all patches below."""
    some_endpoints_take_no_policy()
    endpoints_change_all_that_can_be_changed()
    rules_of_any_protocol()
    rules_of_groups_and_lists_have_descriptions()
    groups_in_use_stay()
    subnets_in_use_stay()
    vpcs_in_use_stay()


def takes_policy(service: str) -> bool:
    """Return whether endpoints of a service take a policy."""
    known = service.split(".", 3)[-1] not in _WITHOUT_POLICY
    return known and not _SERVICE_OF_OTHERS.match(service)


def some_endpoints_take_no_policy() -> None:
    """Refuse a policy of an endpoint whose service takes none; moto takes any."""
    from moto.ec2.exceptions import InvalidParameter
    from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint

    def refuse(service: str, policy: str | None) -> None:
        takes = takes_policy(service)
        if policy and not takes and json.loads(policy) != VPCEndPoint.DEFAULT_POLICY:
            words = f"Service {service} only supports the full-access endpoint policy."
            raise InvalidParameter(words)

    def create(known: Callable[..., Any], self: Any, **kwargs: Any) -> Any:
        refuse(kwargs["service_name"], kwargs["policy_document"])
        return known(self, **kwargs)

    def modify(known: Callable[..., Any], self: Any, **kwargs: Any) -> Any:
        (endpoint,) = self.describe_vpc_endpoints([kwargs["vpc_id"]])
        refuse(endpoint.service_name, kwargs["policy_doc"])
        return known(self, **kwargs)

    around(VPCBackend, "create_vpc_endpoint", create)
    around(VPCBackend, "modify_vpc_endpoint", modify)


def endpoints_change_all_that_can_be_changed() -> None:
    """Change names in the DNS of an endpoint, and reset its policy; moto ignores both."""
    from moto.ec2.models.vpcs import VPCEndPoint
    from moto.ec2.responses.vpcs import VPCs

    def modify(known: Callable[..., Any], self: Any) -> Any:
        answer = known(self)
        (endpoint,) = self.ec2_backend.describe_vpc_endpoints([self._get_param("VpcEndpointId")])
        private = self._get_bool_param("PrivateDnsEnabled")
        if private is not None:
            put(endpoint, "private_dns_enabled", private)
        if self._get_bool_param("ResetPolicy"):
            put(endpoint, "policy_document", json.dumps(VPCEndPoint.DEFAULT_POLICY))
        return answer

    around(VPCs, "modify_vpc_endpoint", modify)


def rules_of_any_protocol() -> None:
    """Take rules of a protocol that has no ports, such as IPsec's 50; moto fails."""
    from moto.ec2.models.security_groups import SecurityGroupRule

    def init(known: Callable[..., Any], self: Any, backend: Any, *args: Any, **others: Any) -> None:
        protocol, group, *ports = args
        if str(protocol).lower() not in _WITH_PORTS:
            ports[:2] = "-1", "-1"
        known(self, backend, protocol, group, *ports, **others)
        if str(protocol).lower() not in _WITH_PORTS:
            put(self, "from_port", None)
            put(self, "to_port", None)

    around(SecurityGroupRule, "__init__", init)


def rules_of_groups_and_lists_have_descriptions() -> None:
    """Keep the description of a rule that names a group or a prefix list; moto drops it.

    It is no part of what makes two rules the same.
    """
    from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule

    def init(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> None:
        known(self, *args, **kwargs)
        sides = [each for each in args if isinstance(each, dict)]
        found = [each.pop("Description") for each in sides if "Description" in each]
        self.said = found[0] if found else None

    around(SecurityGroupRule, "__init__", init)
    put(SecurityGroupRule, "description", property(lambda self: self.said))

    def update(_: Any, new: Any, rule: Any) -> None:
        rule.said = new.said

    put(SecurityGroupBackend, "_sg_update_description", update)


def groups_in_use_stay() -> None:
    """Refuse to delete a group that an endpoint, an interface or another's rule has; moto does."""
    from moto.ec2.exceptions import DependencyViolationError
    from moto.ec2.models.security_groups import SecurityGroupBackend

    def users(self: Any, group: str) -> bool:
        groups = [each for found in self.groups.values() for each in found.values()]
        rules = [
            rule.source_group.get("GroupId")
            for each in groups
            if each.id != group
            for rule in (*each.ingress_rules, *each.egress_rules)
        ]
        return group in {
            *rules,
            *(each for found in _endpoints(self) for each in found.security_group_ids),
            *(each.id for found in self.enis.values() for each in found.group_set),
        }

    def delete(known: Callable[..., Any], self: Any, vpc_id: Any, group_id: str) -> None:
        if users(self, group_id):
            raise DependencyViolationError(f"resource {group_id} has a dependent object")
        known(self, vpc_id, group_id)

    around(SecurityGroupBackend, "_delete_security_group", delete)


def subnets_in_use_stay() -> None:
    """Refuse to delete a subnet with network interfaces, as endpoints have them; moto does it."""
    from moto.ec2.exceptions import DependencyViolationError
    from moto.ec2.models.subnets import SubnetBackend

    def delete(known: Callable[..., Any], self: Any, subnet_id: str) -> Any:
        if any(each.subnet.id == subnet_id for each in self.enis.values()):
            words = f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
            raise DependencyViolationError(words)
        return known(self, subnet_id)

    around(SubnetBackend, "delete_subnet", delete)


def vpcs_in_use_stay() -> None:
    """Refuse to delete a VPC with endpoints or groups but its own; moto does it."""
    from moto.ec2.exceptions import DependencyViolationError
    from moto.ec2.models.vpcs import VPCBackend

    def delete(known: Callable[..., Any], self: Any, vpc_id: str) -> Any:
        groups = [each for each in self.groups[vpc_id].values() if each.name != "default"]
        if groups or any(each.vpc_id == vpc_id for each in _endpoints(self)):
            words = f"The vpc '{vpc_id}' has dependencies and cannot be deleted."
            raise DependencyViolationError(words)
        return known(self, vpc_id)

    around(VPCBackend, "delete_vpc", delete)


def _endpoints(backend: Any) -> list[Any]:
    return [each for each in backend.vpc_end_points.values() if each.state != "deleted"]
