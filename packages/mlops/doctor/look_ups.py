"""What becomes of look-ups while the DNS firewall is out of order: no template can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.doctor.line import ok, problem
from mlops_contract.names import ENVIRONMENT_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject

LOOK_UPS = "look-ups"
_CLOSED = "DISABLED"


def fail_closed(subject: Subject) -> Iterator[Line]:
    """Check that a VPC that is there lets no name through unjudged."""
    existing = subject.settings.network.existing_vpc
    if existing is not None:
        vpcs = [existing.vpc_id]
    else:
        tagged = {"Name": f"tag:{ENVIRONMENT_TAG}", "Values": [subject.settings.name]}
        found = subject.place.pages("ec2", "describe_vpcs", "Vpcs", Filters=[tagged])
        vpcs = [each["VpcId"] for each in found]
    closed = 0
    for vpc in vpcs:
        answer = subject.client("route53resolver").get_firewall_config(ResourceId=vpc)
        if answer["FirewallConfig"]["FirewallFailOpen"] == _CLOSED:
            closed += 1
            continue
        command = (
            f"aws route53resolver update-firewall-config --region {subject.region}"
            f" --resource-id {vpc} --firewall-fail-open {_CLOSED}"
        )
        what = f"{vpc} fails open: names are looked up while DNS Firewall is out of order"
        yield problem(LOOK_UPS, what, command)
    if closed == len(vpcs):
        there = f"{closed} of them here" if vpcs else "there is none yet"
        yield ok(LOOK_UPS, f"VPCs fail closed, which they do unless told otherwise: {there}")
