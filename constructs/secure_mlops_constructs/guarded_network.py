"""The common parts of all networks: groups that reach the endpoints only, and flow logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from secure_mlops_constructs.service_role import ServiceRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_logs as logs

IPSEC_PAYLOAD = "50"  # the protocol number of ESP


class GuardedNetwork(Construct):
    """A network, whoever made its VPC.

    Attributes
    ----------
    endpoints_group : SecurityGroup
        Of the interface endpoints: HTTPS from the other groups, nothing else.
    jobs_group : SecurityGroup
        Of SageMaker jobs: HTTPS to the endpoints and to S3, and encrypted traffic among the
        instances of one job.
    functions_group, builds_group : SecurityGroup
        HTTPS to the endpoints and to S3; no group of builds where nothing is built.
    s3_endpoint : GatewayVpcEndpoint or None
        Its policy is for the caller to write; None where it existed before.
    """

    vpc: ec2.IVpc
    endpoints_group: ec2.SecurityGroup
    jobs_group: ec2.SecurityGroup
    functions_group: ec2.SecurityGroup
    builds_group: ec2.SecurityGroup | None
    s3_endpoint: ec2.GatewayVpcEndpoint | None
    s3_endpoint_id: str
    flow_log_id: str

    def _add_groups(
        self,
        name: str,
        s3_prefix_list: str,
        other_endpoints_groups: Sequence[str] = (),
        *,
        builds: bool,
    ) -> None:
        self.endpoints_group = self._group("Endpoints", f"{name}: interface endpoints")
        self.jobs_group = self._group("Jobs", f"{name}: SageMaker jobs")
        self.functions_group = self._group("Functions", f"{name}: functions")
        self.builds_group = self._group("Builds", f"{name}: builds") if builds else None
        https = ec2.Port.tcp(443)
        more = [self.builds_group] if self.builds_group else []
        for group in (self.jobs_group, self.functions_group, *more):
            group.add_egress_rule(self.endpoints_group, https, "AWS APIs through the endpoints")
            group.add_egress_rule(
                ec2.Peer.prefix_list(s3_prefix_list), https, "S3 through the gateway endpoint"
            )
            self.endpoints_group.add_ingress_rule(group, https, "AWS APIs")
            for other in other_endpoints_groups:
                peer = ec2.Peer.security_group_id(other)
                group.add_egress_rule(peer, https, "AWS APIs through endpoints of the VPC")
        self._let_instances_of_a_job_talk()

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

        Source: SageMaker Developer Guide, "Protect communications between ML compute instances in a
        distributed training job".
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
