"""Services that are called in one region of a partition, whatever a request is about.

Source: the endpoints of botocore, those that are not regionalized.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def region_called(service: str, region: str) -> str:
    """Return the region that a service is called in, from an account's own.

    Examples
    --------
    >>> region_called("iam", "eu-central-1"), region_called("sqs", "eu-central-1")
    ('us-east-1', 'eu-central-1')
    >>> region_called("iam", "us-gov-east-1"), region_called("organizations", "cn-north-1")
    ('us-gov-west-1', 'cn-northwest-1')
    """
    return _global_services(region).get(service, region)


@cache
def _global_services(region: str) -> Mapping[str, str]:
    """Return the region of each such service of a region's partition."""
    import botocore.session

    partitions = botocore.session.get_session().get_data("endpoints")["partitions"]
    having = (each for each in partitions if region in each["regions"])
    services: dict[str, Any] = next(having, partitions[0])["services"]
    found = {}
    for service, facts in services.items():
        if facts.get("isRegionalized") is False:
            place = facts["endpoints"].get(facts.get("partitionEndpoint"), {})
            if called := place.get("credentialScope", {}).get("region"):
                found[service] = called
    return found
