"""The network of an environment."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from environments.checks import DISTINCT, OFF_IS_A_WORD, STRICT, Texts, context_of, matching
from environments.existing_vpc import ExistingVpc
from mlops_contract.endpoints import APIS, EndpointGroup
from mlops_contract.lookups import ALERT, BLOCK

if TYPE_CHECKING:
    from collections.abc import Mapping

# SageMaker's hosts run Docker's bridge on this range, so a VPC may not use it
# (Developer Guide, "Connect a notebook instance in a VPC to external resources").
DOCKER_BRIDGE = ipaddress.IPv4Network("172.17.0.0/16")
LARGEST_VPC_PREFIX, SMALLEST_VPC_PREFIX = 16, 22

DnsFirewall = Annotated[Literal["block", "alert", "off"] | None, OFF_IS_A_WORD]

_PREFIX_LIST = re.compile(r"pl-([0-9a-f]{8}|[0-9a-f]{17})")


class NetworkSettings(BaseModel):
    """The VPC of an environment: one to make, or one that is there.

    Parameters
    ----------
    vpc_cidr : str, optional
        Private IPv4 range of the one to make, /16 to /22, that no other environment uses.
    availability_zones : tuple of str
        Two or more zones of the environment's region, written out (``eu-central-1a``), so that
        synthesis never has to ask an account for them.
    s3_prefix_list : str
        Id of the prefix list that AWS keeps for S3 in the region (``aws ec2
        describe-managed-prefix-lists``, name ``com.amazonaws.<region>.s3``): the only addresses
        beside the endpoints that security groups let jobs reach. It is the same in every
        account; CloudFormation cannot look it up.
    endpoint_groups : tuple of {"analytics", "clients", "delivery"}
        Which groups of interface endpoints there are beside those that what is deployed calls
        from inside the VPC (`mlops_contract/callers.yaml`); each endpoint costs by the hour and
        zone. None, unless the file says otherwise. `clients` is for what is not of the platform:
        clients of models and code of your own; `delivery` for people who follow one from inside,
        `analytics` for queries and features.
    endpoint_policies : dict of str to bool
        For single endpoints, whether their service takes a policy, where that differs from the
        table (`mlops_contract/endpoints.py`): ``{codepipeline: true}``. `mlops doctor` says which.
    endpoint_zones : int, optional
        In how many of the zones, the first ones, an endpoint has an interface; the others reach it
        there. All unless given: fewer cost less, and while such a zone is down nothing reaches
        AWS's APIs.
    dns_firewall : {"block", "alert", "off"}, optional
        What the resolver of a VPC to make does with names that are not of what is deployed: it
        does not answer them, unless the file says otherwise; ``alert`` answers and logs them, for
        the first days in an account. The DNS of an existing VPC is its owners'.
    """

    model_config = STRICT

    existing_vpc: ExistingVpc | None = None
    vpc_cidr: Annotated[str | None, Field(validate_default=True)] = None
    availability_zones: Texts
    s3_prefix_list: Annotated[
        str,
        matching(
            _PREFIX_LIST,
            "is not a prefix list's id; write for example pl-6ea54007, S3's in eu-central-1",
        ),
    ]
    endpoint_groups: Annotated[tuple[EndpointGroup, ...], Field(strict=False), DISTINCT] = ()
    endpoint_policies: dict[str, bool] = {}
    endpoint_zones: Annotated[int | None, Field(ge=1)] = None
    dns_firewall: Annotated[DnsFirewall, Field(validate_default=True)] = None

    @property
    def judges_names(self) -> bool:
        """Whether there is a DNS firewall of ours."""
        return self.dns_firewall in {BLOCK, ALERT}

    @field_validator("endpoint_policies")
    @classmethod
    def _names_endpoints(cls, value: dict[str, bool]) -> dict[str, bool]:
        known = [each.name for each in APIS]
        if unknown := sorted(value.keys() - set(known)):
            raise ValueError(
                f"{', '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} no endpoint of the"
                f" platform; choose of {', '.join(known)}"
            )
        return value

    @field_validator("endpoint_zones")
    @classmethod
    def _has_the_zones(cls, value: int | None, info: ValidationInfo) -> int | None:
        zones = info.data.get("availability_zones")
        if value is not None and zones is not None and value > len(zones):
            raise ValueError(f"is {value}, but availability_zones names {len(zones)}")
        return value

    @field_validator("dns_firewall")
    @classmethod
    def _is_of_our_vpc(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("existing_vpc") is None:
            return value or BLOCK
        if value is not None:
            raise ValueError("is for a VPC to make; remove it, or existing_vpc")
        return None

    @field_validator("vpc_cidr")
    @classmethod
    def _is_free_private_range(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "existing_vpc" not in info.data:
            return value  # its own mistakes come first
        if info.data["existing_vpc"] is not None:
            if value is not None:
                raise ValueError("is for a VPC to make; remove it, or existing_vpc")
            return None
        if value is None:
            raise ValueError("is missing; write for example 10.0.0.0/16, or bring an existing_vpc")
        _check_range(value, context_of(info).get("taken_cidrs", {}))
        return value

    @field_validator("availability_zones")
    @classmethod
    def _are_zones_of_the_region(cls, value: tuple[str, ...], info: ValidationInfo) -> Any:
        if len(set(value)) < 2:  # noqa: PLR2004 - "at least two" reads best as a number
            raise ValueError("name at least two different zones")
        existing = info.data.get("existing_vpc")
        if existing is not None and len(existing.subnet_ids) != len(value):
            raise ValueError(
                f"names {len(value)} zones, but existing_vpc.subnet_ids {len(existing.subnet_ids)};"
                " write one subnet for each zone, in the same order"
            )
        region = context_of(info).get("region")
        if region is not None:
            wrong = [zone for zone in value if not re.fullmatch(re.escape(region) + "[a-z]", zone)]
            if wrong:
                raise ValueError(
                    f"{', '.join(wrong)} not in region {region}; write {region}a, {region}b, …"
                )
        return value


def _check_range(value: str, taken: Mapping[str, str]) -> None:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(
            f"{value!r} is not an IPv4 network ({error}); write for example 10.0.0.0/16"
        ) from error
    if not LARGEST_VPC_PREFIX <= network.prefixlen <= SMALLEST_VPC_PREFIX:
        raise ValueError(
            f"{value} has the wrong size; write /{LARGEST_VPC_PREFIX} to"
            f" /{SMALLEST_VPC_PREFIX}, so that endpoints and jobs have addresses"
        )
    if not network.is_private:
        raise ValueError(f"{value} is not a private range; choose one of 10.0.0.0/8")
    if network.overlaps(DOCKER_BRIDGE):
        raise ValueError(
            f"{value} overlaps {DOCKER_BRIDGE}, which SageMaker's hosts use for Docker"
        )
    for file, other in taken.items():
        if network.overlaps(ipaddress.IPv4Network(other)):
            raise ValueError(f"{value} overlaps {other} of {file}")
