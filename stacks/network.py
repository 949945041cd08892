"""The network of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from mlops_contract import lookups, parameters
from mlops_contract.endpoints import apis
from mlops_contract.metadata import ASSUMPTIONS, DEPLOYMENTS, Assumption
from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.default_group_closer import DefaultGroupCloser
from secure_mlops_constructs.deployments import Deployments
from secure_mlops_constructs.existing_network import ExistingNetwork
from secure_mlops_constructs.interface_endpoints import InterfaceEndpoints
from secure_mlops_constructs.isolated_network import IsolatedNetwork
from secure_mlops_constructs.job_rights import job_network_statements
from secure_mlops_constructs.log_group import EncryptedLogGroup
from secure_mlops_constructs.metadata import declare
from secure_mlops_constructs.private_function import FunctionPlace, network_statements
from secure_mlops_constructs.storage_endpoint import storage_endpoint_statements
from stacks import buckets, model_import, roles
from stacks.base import FUNCTIONS, EnvironmentStack, EnvironmentStage
from stacks.bound_actions import from_our_network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct

    from environments.existing_vpc import ExistingVpc
    from environments.settings import EnvironmentSettings
    from secure_mlops_constructs.foreign_models import ForeignModels


class NetworkStack(EnvironmentStack):
    """The VPC, ours or an existing one, its endpoints and their policies."""

    def __init__(self, stage: EnvironmentStage) -> None:
        super().__init__(stage, "Network", "Isolated network and endpoints")
        settings = stage.settings
        flow_logs = EncryptedLogGroup(
            self,
            "FlowLogs",
            name=f"/{self.names.prefix}/flow-logs",
            key_arn=self.key_arns[buckets.LOGS],
            retention_days=settings.retention.log_days,
            keep=settings.retention.keep_data,
        )
        existing = settings.network.existing_vpc
        network = self._existing(existing, flow_logs) if existing else self._isolated(flow_logs)
        deployments = self._deployments(stage.delivered)
        if network.s3_endpoint is not None:
            for statement in self._storage_statements():
                network.s3_endpoint.add_to_policy(statement)
            if deployments is not None:
                _let_publishers_through(network.s3_endpoint, deployments)
        endpoints = InterfaceEndpoints(
            self,
            "Endpoints",
            vpc=network.vpc,
            security_group=network.endpoints_group,
            foreign_models=self._foreign_models(),
            apis=apis(
                settings.network.endpoint_groups,
                stage.image_repositories,
                roles.inside(settings),
                settings.network.endpoint_policies,
            ),
            zones=settings.network.endpoint_zones,
            existing=existing.interface_endpoint_ids if existing else None,
            deployments=deployments,
        )
        self.subnet_ids = tuple(subnet.subnet_id for subnet in network.vpc.isolated_subnets)
        self.vpc_id = network.vpc.vpc_id
        self.job_group_id = network.jobs_group.security_group_id
        self.s3_endpoint_id = network.s3_endpoint_id
        self.sagemaker_endpoint_id = endpoints.ids["sagemaker.api"]
        self.flow_log_group_arn = flow_logs.group.log_group_arn
        self.flow_log_id = network.flow_log_id
        self.flow_log_arn = self.arn("ec2", f"vpc-flow-log/{network.flow_log_id}")
        builds = network.builds_group
        self.build_group_id = builds.security_group_id if builds is not None else None
        self.function_group_id = network.functions_group.security_group_id
        own = existing is None
        self.default_group_ids = [network.vpc.vpc_default_security_group] if own else []
        self.place = FunctionPlace(
            vpc=network.vpc,
            security_group=network.functions_group,
            key_arn=self.key_arns[buckets.LOGS],
        )
        self.function_network_policy = self._function_network_policy(network.functions_group)
        self.job_network_policy = self._job_network_policy(network.jobs_group)
        acknowledge(
            self,
            f"AwsSolutions-IAM5[Resource::{self._interfaces_with(network.jobs_group)[0]}]",
            reason=(
                "SageMaker and Lambda make the interfaces of jobs and functions, whose ids nobody"
                " knows before; subnet and security group of the same request are named."
            ),
        )
        if isinstance(network, IsolatedNetwork):
            self._close_default_group(network, endpoints)
        self.publish(self._published(network.vpc))

    def _isolated(self, flow_logs: EncryptedLogGroup) -> IsolatedNetwork:
        network = self.settings.network
        assert network.vpc_cidr is not None  # noqa: S101 - the settings have checked it
        isolated = IsolatedNetwork(
            self,
            "Network",
            name=self.names.prefix,
            cidr=network.vpc_cidr,
            availability_zones=network.availability_zones,
            s3_prefix_list=network.s3_prefix_list,
            flow_logs=flow_logs.group,
            builds=self.settings.delivery is not None,
        )
        if left_open := lookups.LEFT_OPEN.get(str(network.dns_firewall)):
            vpc = isolated.vpc.node.default_child
            assert isinstance(vpc, ec2.CfnVPC)  # noqa: S101 - narrows the type
            declare(vpc, ASSUMPTIONS, (Assumption(lookups.PROMISE, left_open),))
        return isolated

    def _existing(self, existing: ExistingVpc, flow_logs: EncryptedLogGroup) -> ExistingNetwork:
        network = ExistingNetwork(
            self,
            "Network",
            name=self.names.prefix,
            vpc_id=existing.vpc_id,
            availability_zones=self.settings.network.availability_zones,
            subnet_ids=existing.subnet_ids,
            s3_endpoint_id=existing.s3_endpoint_id,
            route_table_ids=existing.route_table_ids,
            endpoint_group_ids=existing.endpoint_security_group_ids,
            s3_prefix_list=self.settings.network.s3_prefix_list,
            flow_logs=flow_logs.group,
            builds=self.settings.delivery is not None,
        )
        declare(network.jobs_group, ASSUMPTIONS, _assumptions_of(existing))
        return network

    def _close_default_group(self, network: IsolatedNetwork, endpoints: InterfaceEndpoints) -> None:
        DefaultGroupCloser(
            self,
            "DefaultGroup",
            name=self.names.role(roles.CLOSER),
            folder=FUNCTIONS / "close_default_group",
            vpc=network.vpc,
            place=self.place,
            logging=self.function_logging(self.key_arns[buckets.LOGS]),
            network_policy=self.function_network_policy,
            denies=self.from_inside(roles.CLOSER),
            after=[
                network.s3_endpoint,
                endpoints.endpoints["ec2"],
                # The groups' rules too: a function whose way out is deleted first cannot answer
                # CloudFormation, and the stack's deletion waits for it in vain.
                *self._rules_of(network.functions_group),
                *self._rules_of(network.endpoints_group),
            ],
        )

    @property
    def availability_zones(self) -> list[str]:
        """The settings' zones; without this the CDK asks the account for its own."""
        return list(self.settings.network.availability_zones)

    @staticmethod
    def _rules_of(group: ec2.SecurityGroup) -> list[Construct]:
        """Find a group's rules, which are separate resources beside it."""
        rules = (ec2.CfnSecurityGroupEgress, ec2.CfnSecurityGroupIngress)
        return [child for child in group.node.find_all() if isinstance(child, rules)]

    def from_inside(self, role: str) -> list[iam.PolicyStatement]:
        """Bind what a role calls from inside to the VPC."""
        return from_our_network(role, vpc_id=self.vpc_id, region=self.region)

    def _storage_statements(self) -> list[iam.PolicyStatement]:
        names = self.names
        return storage_endpoint_statements(
            account=self.account,
            region=self.region,
            partition=self.partition,
            own_buckets=(
                *map(names.bucket, buckets.purposes()),
                *((names.delivery_bucket,) if self.settings.delivery else ()),
            ),
            assets_bucket=roles.assets_bucket(self),
            break_glass_arn=roles.role_arn(self, self.settings, roles.BREAK_GLASS),
            foreign_models=self._foreign_models(),
        )

    def _foreign_models(self) -> ForeignModels | None:
        """Return the previous environment's models that the importer reaches through endpoints."""
        before = self.settings.previous_environment
        if before is None:
            return None
        reader = roles.role_arn(self, self.settings, roles.IMPORTER)
        return model_import.Source(self, before).through_endpoints(reader)

    def _deployments(self, delivered: Sequence[EnvironmentSettings]) -> Deployments | None:
        """Return the targets that builds here deploy to; None without a delivery."""
        if not delivered:
            return None
        builders = (roles.deploying_build(each.name) for each in delivered)
        return Deployments(
            account=self.account,
            builder_arns=tuple(roles.role_arn(self, self.settings, name) for name in builders),
            targets=tuple(roles.deployment_target(self.partition, each) for each in delivered),
        )

    def _function_network_policy(self, group: ec2.SecurityGroup) -> iam.ManagedPolicy:
        policy = iam.ManagedPolicy(
            self,
            "FunctionNetwork",
            managed_policy_name=f"{self.names.prefix}-function-network",
            description="Lets Lambda attach functions to the VPC",
            statements=network_statements(*self._interfaces_with(group)),
        )
        acknowledge(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason=(
                "Describing a network has no resource in IAM, and Lambda attaches no function to"
                " a VPC unless its role may do it."
            ),
        )
        return policy

    def _job_network_policy(self, group: ec2.SecurityGroup) -> iam.ManagedPolicy:
        return iam.ManagedPolicy(
            self,
            "JobNetwork",
            managed_policy_name=f"{self.names.prefix}-job-network",
            description="Lets SageMaker attach jobs to the VPC",
            statements=job_network_statements(*self._interfaces_with(group)),
        )

    def _interfaces_with(self, group: ec2.SecurityGroup) -> tuple[str, list[str]]:
        """Return the ARNs of all network interfaces, and of our subnets with a group."""
        places = [
            *(self.arn("ec2", f"subnet/{name}") for name in self.subnet_ids),
            self.arn("ec2", f"security-group/{group.security_group_id}"),
        ]
        return self.arn("ec2", "network-interface/*"), places

    def _published(self, vpc: ec2.IVpc) -> Mapping[str, str]:
        group = self.build_group_id
        return {
            parameters.VPC: vpc.vpc_id,
            parameters.SUBNETS: cdk.Fn.join(",", list(self.subnet_ids)),
            parameters.JOB_GROUP: self.job_group_id,
            parameters.S3_ENDPOINT: self.s3_endpoint_id,
            **({parameters.BUILD_GROUP: group} if group else {}),
        }


def _let_publishers_through(endpoint: ec2.GatewayVpcEndpoint, deployments: Deployments) -> None:
    for statement in deployments.publishing():
        endpoint.add_to_policy(statement)
    declare(endpoint, DEPLOYMENTS, deployments.declared())


def _assumptions_of(existing: ExistingVpc) -> tuple[Assumption, ...]:
    """List the assumptions about an existing VPC that no template shows."""
    vpc, subnets = existing.vpc_id, ", ".join(existing.subnet_ids)
    s3, interfaces = existing.s3_endpoint_id, sorted(existing.interface_endpoint_ids.items())
    named = ", ".join(f"{endpoint} ({service})" for service, endpoint in interfaces)
    groups = existing.endpoint_security_group_ids
    routes = (
        f"the route tables of {subnets} lead to endpoints of {vpc} and nowhere else; no gateway,"
        " peering or network ACL opens another way"
    )
    closed = (
        f"the default security group of {vpc} is closed, and its hosts ask Amazon's resolver (DNS"
        " support and hostnames on)"
    )
    gateway = (
        f"{s3} is the S3 gateway endpoint of {vpc}, and its policy lets through our buckets and"
        " AWS's own few, and nothing else"
    )
    names = (
        f"the resolver of {vpc} answers the names of what is deployed and no others (DNS firewall),"
        " and forwards none"
    )
    policies = f"the policies of {named} let through our own principals to our own resources only"
    guarded = f"{', '.join(groups)} belong to endpoints of {vpc} only, and let HTTPS in from its"
    rows = [Assumption("16", routes), Assumption("16", closed), Assumption(lookups.PROMISE, names)]
    rows += [Assumption("2", gateway)] if s3 else []
    if theirs := ", ".join(filter(None, (s3, named))):
        rows.append(Assumption("24", f"{theirs}: in {vpc}, whose id AWS gives as the source"))
    if interfaces:
        rows.append(Assumption("13", policies))
        rows.append(Assumption("16", f"{guarded} subnets", ",".join(groups)))
    return tuple(rows)
