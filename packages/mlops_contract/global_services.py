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
    return global_services(_partition_of(region)).get(service, region)


@cache
def global_services(partition: str) -> Mapping[str, str]:
    """Return the region of each such service of a partition."""
    found = {}
    for service, facts in _partitions().get(partition, {}).get("services", {}).items():
        if facts.get("isRegionalized") is False:
            place = facts["endpoints"].get(facts.get("partitionEndpoint"), {})
            if region := place.get("credentialScope", {}).get("region"):
                found[service] = region
    return found


def _partition_of(region: str) -> str:
    having = (name for name, facts in _partitions().items() if region in facts["regions"])
    return next(having, "aws")


@cache
def _partitions() -> dict[str, Any]:
    import botocore.session

    endpoints = botocore.session.get_session().get_data("endpoints")
    return {each["partition"]: each for each in endpoints["partitions"]}
