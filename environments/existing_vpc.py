"""An existing VPC, by the ids of its parts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from environments.checks import STRICT, Texts, refuse_duplicates, refuse_wrong_ids, resource_id
from mlops_contract.endpoints import IN_EXISTING_VPCS


class ExistingVpc(BaseModel):
    """A VPC that other people made and operate.

    Nothing is looked up in the account: what these ids stand for is taken for granted, and
    ``mlops prove`` lists what.

    Parameters
    ----------
    vpc_id : str
        The VPC. It has DNS support and DNS hostnames, and hosts ask Amazon's resolver.
    subnet_ids : tuple of str
        Subnets without a way to the internet, one for each of the network's zones, in the same
        order.
    s3_endpoint_id : str, optional
        The gateway endpoint of S3 that the subnets' route tables lead to. Left out, one is made.
    route_table_ids : tuple of str
        Where the endpoint is made: the route table of each subnet, in the same order; subnets may
        share one.
    interface_endpoint_ids : dict of str to str
        Interface endpoints in this VPC, by the service's short name (``sagemaker.api``). The others
        that the environment needs are made. Not those of a hub: AWS tells where a request comes
        from by the VPC of the endpoint, and roles are bound to this one.
    endpoint_security_group_ids : tuple of str
        Security groups of those endpoints, which let HTTPS in from the subnets.
    """

    model_config = STRICT

    vpc_id: Annotated[str, resource_id("vpc")]
    subnet_ids: Texts
    s3_endpoint_id: Annotated[str, resource_id("vpce")] | None = None
    route_table_ids: Annotated[tuple[str, ...], Field(strict=False, validate_default=True)] = ()
    interface_endpoint_ids: dict[str, str] = Field(default_factory=dict)
    endpoint_security_group_ids: Annotated[Texts, Field(validate_default=True)] = ()

    @field_validator("subnet_ids")
    @classmethod
    def _are_subnets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        refuse_wrong_ids("subnet", value)
        return value

    @field_validator("route_table_ids")
    @classmethod
    def _are_the_subnets_route_tables(
        cls, value: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        refuse_wrong_ids("rtb", value)
        if "s3_endpoint_id" not in info.data or "subnet_ids" not in info.data:
            return value
        subnets = info.data["subnet_ids"]
        if info.data["s3_endpoint_id"] is not None:
            if value:
                raise ValueError("is for an S3 endpoint to make; remove it, or s3_endpoint_id")
        elif not value:
            raise ValueError(
                "is missing: write the route table of each subnet, where the S3 endpoint is to be"
                " made, or name one that is there with s3_endpoint_id"
            )
        elif len(value) != len(subnets):
            raise ValueError(
                f"names {len(value)} for {len(subnets)} subnets; write each subnet's, in the same"
                " order"
            )
        return value

    @field_validator("interface_endpoint_ids")
    @classmethod
    def _are_known_endpoints(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(value) - set(IN_EXISTING_VPCS))
        if unknown:
            raise ValueError(
                f"{', '.join(map(repr, unknown))} not a service that the platform calls; choose one"
                f" of {', '.join(IN_EXISTING_VPCS)}"
            )
        refuse_wrong_ids("vpce", value.values())
        refuse_duplicates(value.values())
        return value

    @field_validator("endpoint_security_group_ids")
    @classmethod
    def _are_the_endpoints_groups(
        cls, value: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        refuse_wrong_ids("sg", value)
        if "interface_endpoint_ids" not in info.data:
            return value
        if value and not info.data["interface_endpoint_ids"]:
            raise ValueError("is for endpoints that are there, but interface_endpoint_ids has none")
        if info.data["interface_endpoint_ids"] and not value:
            raise ValueError(
                "is missing: write the security groups of the endpoints that"
                " interface_endpoint_ids names, or nothing of ours may reach them"
            )
        return value
