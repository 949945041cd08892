"""How roles, policies and networks that an environment leaves behind are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.teardown.plan import Item
from mlops_contract.names import ENVIRONMENT_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.teardown.place import Place


def roles(place: Place) -> Iterator[Item]:
    """Find roles."""
    for each in place.pages("iam", "list_roles", "Roles"):
        if place.is_ours(each["RoleName"]):
            yield Item("role", each["RoleName"])


def policies(place: Place) -> Iterator[Item]:
    """Find managed policies."""
    for each in place.pages("iam", "list_policies", "Policies", Scope="Local"):
        if place.is_ours(each["PolicyName"]):
            yield Item("managed policy", each["PolicyName"], ids=(each["Arn"],))


def interfaces(place: Place) -> Iterator[Item]:
    """Find network interfaces in the environment's security groups and VPCs; used ones say so."""
    seen = set()
    for name, operation, field, key in (
        ("group-id", "describe_security_groups", "SecurityGroups", "GroupId"),
        ("vpc-id", "describe_vpcs", "Vpcs", "VpcId"),
    ):
        holders = [each.name for each in tagged("", operation, field, key, place)]
        if not holders:
            continue
        only = [{"Name": name, "Values": holders}]
        for each in place.pages(
            "ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=only
        ):
            identity = each["NetworkInterfaceId"]
            if identity not in seen and each.get("InterfaceType") != "vpc_endpoint":
                seen.add(identity)
                free = each.get("Status") == "available"
                why = "" if free else f"attached: {each.get('Description') or 'by AWS'}"
                yield Item("network interface", identity, why)


def tagged(words: str, operation: str, field: str, key: str, place: Place) -> Iterator[Item]:
    """Find what EC2 gives an id, by the environment's tag."""
    wanted = [{"Name": f"tag:{ENVIRONMENT_TAG}", "Values": [place.settings.name]}]
    # One operation calls it otherwise than all others.
    argument = "Filter" if operation == "describe_flow_logs" else "Filters"
    request: dict[str, Any] = {argument: wanted}
    for each in place.pages("ec2", operation, field, **request):
        if str(each.get("State", "")).lower() not in {"deleted", "deleting"}:
            yield Item(words, each[key])
