"""Our part of a VPC that other people made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from secure_mlops_constructs.guarded_network import GuardedNetwork

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_logs as logs
    from constructs import Construct


class ExistingNetwork(GuardedNetwork):
    """Three security groups, a record of all traffic and, if it is missing, the way to S3.

    Nothing is looked up, and nothing of the VPC is changed. `subnet_ids`, one for each zone, and
    `route_table_ids` have the order of the zones; the latter are only for an endpoint to make,
    where `s3_endpoint_id` is None. `s3_prefix_list` is the id of AWS's prefix list of S3 in the
    region.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        vpc_id: str,
        availability_zones: Sequence[str],
        subnet_ids: Sequence[str],
        s3_endpoint_id: str | None,
        route_table_ids: Sequence[str],
        endpoint_group_ids: Sequence[str],
        s3_prefix_list: str,
        flow_logs: logs.ILogGroup,
        builds: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=vpc_id,
            availability_zones=list(availability_zones),
            isolated_subnet_ids=list(subnet_ids),
            isolated_subnet_route_table_ids=list(route_table_ids) or None,
        )
        # Only an endpoint to make needs the route tables.
        cdk.Annotations.of(self).acknowledge_warning("@aws-cdk/aws-ec2:noSubnetRouteTableId")
        if s3_endpoint_id is None:
            s3 = ec2.GatewayVpcEndpointAwsService.S3
            self.s3_endpoint = self.vpc.add_gateway_endpoint("S3", service=s3)
            self.s3_endpoint_id = self.s3_endpoint.vpc_endpoint_id
        else:
            self.s3_endpoint = None
            self.s3_endpoint_id = s3_endpoint_id
        self._add_groups(name, s3_prefix_list, endpoint_group_ids, builds=builds)
        self.flow_log_id = self._record_traffic(name, flow_logs)
