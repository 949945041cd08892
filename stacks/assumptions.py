"""Assumptions about an existing VPC, by the promise that each replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_contract.metadata import Assumption

if TYPE_CHECKING:
    from environments.existing_vpc import ExistingVpc


def assumptions_of(existing: ExistingVpc) -> tuple[Assumption, ...]:
    """List the assumptions about an existing VPC that no template shows."""
    vpc, subnets = existing.vpc_id, ", ".join(existing.subnet_ids)
    s3, interfaces = existing.s3_endpoint_id, sorted(existing.interface_endpoint_ids.items())
    named = ", ".join(f"{endpoint} ({service})" for service, endpoint in interfaces)
    groups = existing.endpoint_security_group_ids
    routes = (
        f"the route tables of {subnets} lead to endpoints of {vpc} and nowhere else; no gateway,"
        " peering or network ACL opens another way"
    )
    closed = (
        f"the default security group of {vpc} is closed, and its hosts ask Amazon's resolver (DNS"
        " support and hostnames on)"
    )
    gateway = (
        f"{s3} is the S3 gateway endpoint of {vpc}, and its policy lets through our buckets and"
        " AWS's own few, and nothing else"
    )
    policies = f"the policies of {named} let through our own principals to our own resources only"
    guarded = f"{', '.join(groups)} belong to endpoints of {vpc} only, and let HTTPS in from its"
    rows = [Assumption("16", routes), Assumption("16", closed)]
    rows += [Assumption("2", gateway)] if s3 else []
    if interfaces:
        rows.append(Assumption("13", policies))
        rows.append(Assumption("16", f"{guarded} subnets", ",".join(groups)))
    return tuple(rows)
