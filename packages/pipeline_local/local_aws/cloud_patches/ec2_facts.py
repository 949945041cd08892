"""Facts of the network that AWS tells: S3's prefix lists, and which services take no policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.cloud_patches.ec2 import takes_policy
from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable

# S3's lists as AWS names them; of others moto makes an id up.
_OF_S3 = {"eu-central-1": "pl-6ea54007"}


def install() -> None:
    """Apply all patches below."""
    prefix_lists_have_their_ids()
    services_say_if_they_take_a_policy()
    services_are_found_by_name()
    the_scheduler_has_endpoints()


def prefix_lists_have_their_ids() -> None:
    """Give S3's prefix list its id where that is known; moto makes one up."""
    from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend

    def describe(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
        right = _OF_S3.get(self.region_name)
        name = f"com.amazonaws.{self.region_name}.s3"
        for each in list(self.managed_prefix_lists.values()):
            if right and each.prefix_list_name == name and each.id != right:
                del self.managed_prefix_lists[each.id]
                put(each, "id", right)
                self.managed_prefix_lists[right] = each
        return known(self, *args, **kwargs)

    around(ManagedPrefixListBackend, "describe_managed_prefix_lists", describe)


def services_say_if_they_take_a_policy() -> None:
    """Say of each endpoint service if it takes a policy; moto says so of all."""
    from moto.ec2.models.vpcs import VPCBackend

    def describe(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = known(self, *args, **kwargs)
        details = [
            {**each, "VpcEndpointPolicySupported": takes_policy(each["ServiceName"])}
            for each in answer["servicesDetails"]
        ]
        return {**answer, "servicesDetails": details}

    around(VPCBackend, "describe_vpc_endpoint_services", describe)


def services_are_found_by_name() -> None:
    """Filter endpoint services by name; moto looks for the values under another key, and fails."""
    from moto.ec2.models.vpcs import VPCBackend

    known = VPCBackend._filter_endpoint_services  # noqa: SLF001 (moto's)

    def found(names: list[str], filters: list[dict[str, Any]], services: list[Any]) -> list[Any]:
        both = [{**each, "Value": each.get("Values", each.get("Value", []))} for each in filters]
        return known(names, both, services)

    put(VPCBackend, "_filter_endpoint_services", staticmethod(found))


def the_scheduler_has_endpoints() -> None:
    """Offer EventBridge Scheduler's endpoint service, which moto's list lacks.

    Source: EventBridge Scheduler User Guide, "Access EventBridge Scheduler using AWS PrivateLink".
    """
    from moto.ec2.models import vpcs

    if "scheduler" not in vpcs.AWS_ENDPOINT_SERVICES:
        vpcs.AWS_ENDPOINT_SERVICES.append("scheduler")
