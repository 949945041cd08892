"""A VPC that has no way out but its endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from secure_mlops_constructs.service_role import ServiceRole

if TYPE_CHECKING:
    from collections.abc import Sequence

# A subnet takes an eighth of the VPC, however many zones there are: a zone added later does not
# renumber, and so replace, the others.
SUBNET_BITS = 3
IPSEC_PAYLOAD = "50"  # the protocol number of ESP


class IsolatedNetwork(Construct):
    """Isolated subnets, three security groups and a record of all traffic.

    Parameters
    ----------
    scope : Construct
        Where it lives.
    construct_id : str
        Its id there.
    name : str
        Beginning of the names.
    cidr : str
        The VPC's range.
    availability_zones : sequence of str
        The zones, one subnet in each; named, so that nothing is looked up.
    s3_prefix_list : str
        Id of AWS's prefix list of S3 in the region.
    flow_logs : ILogGroup
        Where the record of all traffic goes.

    Attributes
    ----------
    vpc : Vpc
        The VPC: no internet gateway, no NAT gateway, no public subnet.
    endpoints_group : SecurityGroup
        Of the interface endpoints: HTTPS from the other two groups, nothing else.
    jobs_group : SecurityGroup
        Of SageMaker jobs: HTTPS to the endpoints and to S3, and encrypted traffic among the
        instances of one job.
    functions_group : SecurityGroup
        Of functions: HTTPS to the endpoints and to S3.
    s3_endpoint : GatewayVpcEndpoint
        The way to S3; its policy is for the caller to write.
    flow_log_id : str
        The record of all traffic.
    """

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
        self.endpoints_group = self._group("Endpoints", f"{name}: interface endpoints")
        self.jobs_group = self._group("Jobs", f"{name}: SageMaker jobs")
        self.functions_group = self._group("Functions", f"{name}: functions")
        https = ec2.Port.tcp(443)
        for group in (self.jobs_group, self.functions_group):
            group.add_egress_rule(self.endpoints_group, https, "AWS APIs through the endpoints")
            group.add_egress_rule(
                ec2.Peer.prefix_list(s3_prefix_list), https, "S3 through the gateway endpoint"
            )
            self.endpoints_group.add_ingress_rule(group, https, "AWS APIs")
        self._let_instances_of_a_job_talk()
        self._name_hosts()
        self.flow_log_id = self._record_traffic(name, flow_logs)

    def _group(self, construct_id: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            self,
            construct_id,
            vpc=self.vpc,
            description=description,
            allow_all_outbound=False,
            disable_inline_rules=True,
        )

    def _let_instances_of_a_job_talk(self) -> None:
        """Open IPsec among jobs' instances, all that inter-container encryption needs.

        Source: SageMaker Developer Guide, "Protect communications between ML compute instances
        in a distributed training job".
        """
        self.jobs_group.add_ingress_rule(self.jobs_group, ec2.Port.udp(500), "IPsec keys of a job")
        self.jobs_group.add_egress_rule(self.jobs_group, ec2.Port.udp(500), "IPsec keys of a job")
        group = self.jobs_group.security_group_id
        # Without the port range that `Port.esp` adds, which ESP does not have.
        ec2.CfnSecurityGroupIngress(
            self,
            "PayloadIn",
            group_id=group,
            source_security_group_id=group,
            ip_protocol=IPSEC_PAYLOAD,
            description="IPsec payload of a job",
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "PayloadOut",
            group_id=group,
            destination_security_group_id=group,
            ip_protocol=IPSEC_PAYLOAD,
            description="IPsec payload of a job",
        )

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

    def _record_traffic(self, name: str, flow_logs: logs.ILogGroup) -> str:
        role = ServiceRole(
            self,
            "FlowLogs",
            role_name=f"{name}-flow-logs",
            service="vpc-flow-logs.amazonaws.com",
            description="Writes the record of the VPC's traffic",
            statements=[
                iam.PolicyStatement(
                    sid="WriteFlowLogs",
                    actions=[
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:PutLogEvents",
                    ],
                    resources=[flow_logs.log_group_arn],
                )
            ],
        )
        flow_log = self.vpc.add_flow_log(
            "AllTraffic",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(flow_logs, role.frozen),
            traffic_type=ec2.FlowLogTrafficType.ALL,
            max_aggregation_interval=ec2.FlowLogMaxAggregationInterval.ONE_MINUTE,
        )
        return flow_log.flow_log_id
