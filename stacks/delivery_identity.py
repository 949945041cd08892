"""The roles of a delivery: of each build, of its pipelines, and of their starter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.build_rights import (
    build_network_statements,
    log_statements,
    package_statements,
    report_statements,
)
from secure_mlops_constructs.log_group import EncryptedLogGroup
from secure_mlops_constructs.private_function import FunctionRole
from secure_mlops_constructs.service_role import ServiceRole
from stacks import buckets, roles
from stacks.base import EnvironmentStack, EnvironmentStage
from stacks.delivery_names import DeliveryNames
from stacks.delivery_rights import delivery_rights
from stacks.statements import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.network import NetworkStack

DESCRIPTIONS = {
    roles.BUILD_VERIFY: "Builds: checks, synthesis with rule packs and proofs, tests",
    roles.BUILD_TRAIN: "Builds: starts the training pipeline, waits, publishes what came out",
    roles.BUILD_SMOKE: "Builds: scores a small batch where a delivery has been deployed",
    roles.BUILD_INFERENCE: "Builds: brings an approved model into the batch pipeline",
    roles.BUILD_REVIEW: "Builds: says what a pull request changes",
}
REPORTING = (roles.BUILD_VERIFY, roles.BUILD_REVIEW)


class DeliveryIdentityStack(EnvironmentStack):
    """Roles that deliver changes, each with the rights of one kind of build."""

    def __init__(self, stage: EnvironmentStage, *, network: NetworkStack) -> None:
        super().__init__(stage, "DeliveryIdentity", "Roles of deliveries")
        settings = stage.settings
        self._names = DeliveryNames(self, settings)
        self._rights = delivery_rights(
            self._names,
            delivered=stage.delivered,
            key_arns=self.key_arns,
            projects=stage.projects,
            groups=stage.model_package_groups,
        )
        self._network = network
        self.common = self._common_policy(network)
        self.log_groups: dict[str, str] = {}
        self.builds = {name: self._build_role(name, self.common) for name in roles.builds(settings)}
        self.pipeline = self._service_role(
            roles.DELIVERY_PIPELINE, "codepipeline.amazonaws.com", "CodePipeline: runs deliveries"
        )
        self.starter = self._service_role(
            roles.DELIVERY_STARTER,
            "events.amazonaws.com",
            "Rules that start builds and pipelines",
            self.rules_arn,
        )
        acknowledge(
            self,
            *(
                f"AwsSolutions-IAM5[Resource::{arn}]"
                for arn in self._numbered(stage.model_package_groups)
            ),
            reason=(
                "Versions of a model package group of ours and executions of a pipeline of ours,"
                " which SageMaker numbers and names; stacks of ours, to whose names CloudFormation"
                " adds an id."
            ),
        )
        self.push_filter = self._filter_role(network) if self._is_codecommit else None

    @property
    def _is_codecommit(self) -> bool:
        delivery = self.settings.delivery
        return delivery is not None and delivery.connection_arn is None

    def _numbered(self, groups: Sequence[str]) -> list[str]:
        batches = [each.batch for each in self.projects.scored()]
        return [
            self._names.stacks_arn,
            *self._names.packages_of([*groups, *self.projects.promoted_groups()]),
            *map(self._names.executions_of, (*self.projects.trained(), *batches)),
            *(f"{arn}/execution/*" for arn in self._names.smoke_pipeline_arns(self.projects)),
        ]

    def _common_policy(self, network: NetworkStack) -> iam.ManagedPolicy:
        interfaces = self.arn("ec2", "network-interface/*")
        assert network.build_group_id is not None  # noqa: S101 - there is a delivery
        names = self._names
        policy = iam.ManagedPolicy(
            self,
            "BuildCommon",
            managed_policy_name=f"{self.names.prefix}-build-common",
            description="What every build needs to run in the VPC and to install packages",
            statements=[
                *build_network_statements(
                    interfaces,
                    [self.arn("ec2", f"subnet/{name}") for name in network.subnet_ids],
                    self.arn("ec2", f"security-group/{network.build_group_id}"),
                ),
                *package_statements(names.package_domain_arn, names.package_repository_arn),
                allow(
                    "UseKey",
                    ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                    self.key_arns[buckets.DELIVERY],
                ),
            ],
        )
        acknowledge(
            policy,
            f"AwsSolutions-IAM5[Resource::{interfaces}]",
            reason=(
                "CodeBuild makes the interfaces of builds, whose ids nobody knows before; subnet"
                " and security group of the same request are named."
            ),
        )
        acknowledge(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason=(
                "Describing a network and getting a bearer token (limited to CodeArtifact's) are"
                " actions without resources in IAM."
            ),
        )
        return policy

    def _build_role(self, name: str, common: iam.IManagedPolicy) -> ServiceRole:
        group = EncryptedLogGroup(
            self,
            f"{name}-logs",
            name=self._names.log_group(name),
            key_arn=self.key_arns[buckets.LOGS],
            retention_days=self.settings.retention.log_days,
            keep=self.settings.retention.keep_data,
        ).group
        self.log_groups[name] = group.log_group_name
        own = log_statements(group.log_group_arn)
        if name in REPORTING:
            own += report_statements(self._names.report_group_arn(name))
        target = name.removeprefix(f"{roles.BUILD_DEPLOY}-")
        return ServiceRole(
            self,
            name,
            role_name=self.names.role(name),
            service="codebuild.amazonaws.com",
            description=DESCRIPTIONS.get(name, f"Builds: deploys to {target}"),
            statements=[
                *own,
                *self._rights.get(name, ()),
                *self._network.from_inside(name),
            ],
            sources=[self._names.project_arn(name)],
            managed_policies=[common],
        )

    def _service_role(
        self, name: str, service: str, description: str, *sources: str
    ) -> ServiceRole:
        return ServiceRole(
            self,
            name,
            role_name=self.names.role(name),
            service=service,
            description=description,
            statements=self._rights[name],
            sources=sources,
        )

    def _filter_role(self, network: NetworkStack) -> FunctionRole:
        return FunctionRole(
            self,
            roles.PUSH_FILTER,
            name=self.names.role(roles.PUSH_FILTER),
            description="Starts a delivery for a push that changes more than documentation",
            statements=[
                *self._rights[roles.PUSH_FILTER],
                *network.from_inside(roles.PUSH_FILTER),
            ],
            network_policy=network.function_network_policy,
            logging=self.function_logging(self.key_arns[buckets.LOGS]),
        )
