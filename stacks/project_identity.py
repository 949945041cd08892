"""The roles of projects that teams start: made here, named in the template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.build_rights import log_statements
from secure_mlops_constructs.log_group import EncryptedLogGroup
from secure_mlops_constructs.service_role import ServiceRole
from stacks import buckets, roles
from stacks.base import EnvironmentStack, EnvironmentStage
from stacks.delivery_names import DeliveryNames
from stacks.orchestration import orchestration_role
from stacks.project_rights import (
    ProjectArns,
    launch_statements,
    model_statements,
    review_statements,
    starter_statements,
    train_statements,
)

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from stacks.delivery_identity import DeliveryIdentityStack
    from stacks.identity import IdentityStack
    from stacks.network import NetworkStack


class ProjectIdentityStack(EnvironmentStack):
    """Roles that all projects of the environment share."""

    def __init__(
        self,
        stage: EnvironmentStage,
        *,
        network: NetworkStack,
        identity: IdentityStack,
        delivering: DeliveryIdentityStack,
    ) -> None:
        super().__init__(stage, "ProjectIdentity", "Roles of projects")
        settings = stage.settings
        self._common, self._network = delivering.common, network
        arns = ProjectArns(self, settings)
        key = self.key_arns[buckets.DELIVERY]
        self.launch = ServiceRole(
            self,
            roles.PROJECT_LAUNCH,
            role_name=self.names.role(roles.PROJECT_LAUNCH),
            service="servicecatalog.amazonaws.com",
            description="Service Catalog: starts, changes and ends the projects of teams",
            statements=launch_statements(arns, key),
        )
        self.starter = ServiceRole(
            self,
            roles.PROJECT_STARTER,
            role_name=self.names.role(roles.PROJECT_STARTER),
            service="events.amazonaws.com",
            description="Rules that start the builds of projects",
            statements=starter_statements(arns),
            sources=[arns.rules],
        )
        self.orchestration = orchestration_role(
            self,
            roles.PROJECT_ORCHESTRATION,
            description="Pipelines of projects: start jobs inside the perimeter, register models",
            policies=identity.orchestrating,
            statements=model_statements(arns),
            pipelines=arns.pipelines,
        )
        files = [self.key_arns[buckets.ARTIFACTS], self.key_arns[buckets.MODELS]]
        self.builds = {
            roles.PROJECT_TRAIN: self._build(
                roles.PROJECT_TRAIN,
                "Builds of projects: bring the pipelines up to the repository, train",
                train_statements(arns, key, files),
            ),
            roles.PROJECT_REVIEW: self._build(
                roles.PROJECT_REVIEW,
                "Builds of projects: say what a pull request changes",
                review_statements(arns, key),
            ),
        }
        acknowledge(
            self,
            "AwsSolutions-IAM5[Resource::*]",
            reason=(
                "Teams name projects. A Deny beside each right refuses all whose name does not"
                " begin as projects' do here; templates are read by Service Catalog's tag."
            ),
        )

    def _build(
        self, name: str, description: str, statements: list[iam.PolicyStatement]
    ) -> ServiceRole:
        retention = self.settings.retention
        group = EncryptedLogGroup(
            self,
            f"{name}-logs",
            name=DeliveryNames(self, self.settings).log_group(name),
            key_arn=self.key_arns[buckets.LOGS],
            retention_days=retention.log_days,
            keep=retention.keep_data,
        ).group
        return ServiceRole(
            self,
            name,
            role_name=self.names.role(name),
            service="codebuild.amazonaws.com",
            description=description,
            statements=[
                *log_statements(group.log_group_arn),
                *statements,
                *self._network.from_inside(name),
            ],
            sources=[ProjectArns(self, self.settings).builds],
            managed_policies=[self._common],
        )
