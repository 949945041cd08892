"""The ARNs of a delivery, for policies that are written before it exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from environments.names import ResourceNames
from mlops_contract.names import prefix
from stacks import roles
from stacks.stack_place import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aws_cdk as cdk

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.model_project import ModelProjects

# CodePipeline begins the keys of artifacts with the pipeline's name, of which it takes no more
# than this.
ARTIFACT_FOLDER_LENGTH = 20
ARTIFACT_NAME_LENGTH = 10  # and no more of the artifact's, which comes next
REPORTS = "reports/"


@dataclass(frozen=True)
class Arns:
    """ARNs in the account and region of a stack."""

    stack: cdk.Stack
    settings: EnvironmentSettings

    @property
    def names(self) -> ResourceNames:
        """The environment's names."""
        return ResourceNames(self.settings)

    def roles(self, *names: str) -> tuple[str, ...]:
        """Return the ARNs of roles of the environment."""
        return tuple(roles.role_arn(self.stack, self.settings, name) for name in names)

    def arn(self, service: str, rest: str) -> str:
        """Build an ARN of this account and region."""
        return place_of(self.stack).arn(service, rest)


class DeliveryNames(Arns):
    """Names and ARNs of one environment's delivery."""

    @property
    def repository_arn(self) -> str:
        """The repository of CodeCommit, if it exists."""
        assert self.settings.delivery is not None  # noqa: S101 - a delivery has settings
        return self.arn("codecommit", self.settings.delivery.repository)

    @property
    def stacks_arn(self) -> str:
        """The environment's stacks, as a pattern: CloudFormation ends their ARNs with an id."""
        return self.arn("cloudformation", f"stack/{self.names.prefix}-*")

    @property
    def package_domain_arn(self) -> str:
        """The domain of CodeArtifact."""
        return self.arn("codeartifact", f"domain/{self.names.packages}")

    @property
    def package_repository_arn(self) -> str:
        """The repository of packages that builds read."""
        name = self.names.packages
        return self.arn("codeartifact", f"repository/{name}/{name}")

    @property
    def inference_pipeline_arn(self) -> str:
        """The CodePipeline of approved models."""
        return self.arn("codepipeline", self.names.inference_pipeline)

    @property
    def delivery_pipeline_arn(self) -> str:
        """The CodePipeline of changes."""
        return self.arn("codepipeline", self.names.delivery_pipeline)

    def project(self, role: str) -> str:
        """Name the project of a build's role: that of ``build-verify`` ends with ``verify``."""
        return self.names.build(role.removeprefix("build-"))

    def project_arn(self, role: str) -> str:
        """Return the ARN of the project of a build's role."""
        return self.arn("codebuild", f"project/{self.project(role)}")

    def project_arns(self) -> tuple[str, ...]:
        """Return the ARNs of all projects."""
        return tuple(self.project_arn(name) for name in roles.builds(self.settings))

    def report_group_arn(self, role: str) -> str:
        """Return the ARN of the test reports of a build's project."""
        return self.arn("codebuild", f"report-group/{self.project(role)}-tests")

    def log_group(self, role: str) -> str:
        """Name the log group of a build's project."""
        return f"/{self.names.prefix}/builds/{self.project(role)}"

    def pipeline_arn(self, name: str) -> str:
        """Return the ARN of a SageMaker pipeline."""
        return self.arn("sagemaker", f"pipeline/{self.names.pipeline(name)}")

    def smoke_pipeline_arns(self, projects: ModelProjects) -> tuple[str, ...]:
        """Return the ARNs of other environments' batch pipelines that a delivery smoke-tests."""
        delivery = self.settings.delivery
        names = delivery.smoke_environments if delivery else ()
        return tuple(
            self.arn("sagemaker", f"pipeline/{prefix(name)}-{each.batch}")
            for name in names
            for each in projects.scored()
        )

    def executions_of(self, name: str) -> str:
        """Return the ARNs of a SageMaker pipeline's executions, as a pattern."""
        return f"{self.pipeline_arn(name)}/execution/*"

    def packages_of(self, groups: Sequence[str]) -> list[str]:
        """Return the ARNs of the versions of model package groups, as patterns."""
        return [self.arn("sagemaker", f"model-package/{group}/*") for group in groups]

    @property
    def artifact_prefix(self) -> str:
        """Common prefix of the keys of all pipelines' artifacts."""
        return f"{self.names.prefix}-"[:ARTIFACT_FOLDER_LENGTH]
