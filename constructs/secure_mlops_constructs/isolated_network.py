"""A VPC that has no way out but its endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from secure_mlops_constructs.guarded_network import GuardedNetwork

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_logs as logs
    from constructs import Construct

# A subnet takes an eighth of the VPC, however many zones there are: a zone added later does not
# renumber, and so replace, the others.
SUBNET_BITS = 3


class IsolatedNetwork(GuardedNetwork):
    """Isolated subnets, a security group for each kind of guest and a record of all traffic.

    The VPC has no internet gateway, no NAT gateway and no public subnet. The zones are named, so
    that nothing is looked up; `s3_prefix_list` is the id of AWS's prefix list of S3 in the region.
    """

    vpc: ec2.Vpc
    s3_endpoint: ec2.GatewayVpcEndpoint

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        cidr: str,
        availability_zones: Sequence[str],
        s3_prefix_list: str,
        flow_logs: logs.ILogGroup,
        builds: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            vpc_name=name,
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            availability_zones=list(availability_zones),
            create_internet_gateway=False,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="isolated",
                    subnet_type=ec2.SubnetType.PRIVATE_ISOLATED,
                    cidr_mask=int(cidr.partition("/")[2]) + SUBNET_BITS,
                )
            ],
            # `DefaultGroupCloser` does it, from inside the VPC.
            restrict_default_security_group=False,
        )
        for subnet in self.vpc.isolated_subnets:
            resource = subnet.node.default_child
            assert isinstance(resource, ec2.CfnSubnet)  # noqa: S101 - narrows the type
            # W3010 wants zones to be looked up; the settings name them, to be free of look-ups.
            resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3010"]}})
        self.s3_endpoint = self.vpc.add_gateway_endpoint(
            "S3", service=ec2.GatewayVpcEndpointAwsService.S3
        )
        self.s3_endpoint_id = self.s3_endpoint.vpc_endpoint_id
        self._add_groups(name, s3_prefix_list, builds=builds)
        self._name_hosts()
        self.flow_log_id = self._record_traffic(name, flow_logs)

    def _name_hosts(self) -> None:
        """Have hosts ask Amazon's resolver, which knows the endpoints by the services' names.

        Written out, because an account may have made other DHCP options its default. Sources:
        VPC User Guide, "DHCP option sets"; PrivateLink Guide, "Private DNS".
        """
        region = cdk.Stack.of(self).region
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        options = ec2.CfnDHCPOptions(
            self, "Dhcp", domain_name=domain, domain_name_servers=["AmazonProvidedDNS"]
        )
        ec2.CfnVPCDHCPOptionsAssociation(
            self, "DhcpOfVpc", vpc_id=self.vpc.vpc_id, dhcp_options_id=options.ref
        )
