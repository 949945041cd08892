"""The names of an environment's resources, which policies use before the resources exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_contract.names import BATCH_INFERENCE, PROJECT, PROJECT_FILES, prefix
from mlops_contract.parameters import parameter

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings

# A model package group's name has no more characters (SageMaker API, ModelPackageGroupName), and a
# project's (CreateProject, ProjectName).
LONGEST_GROUP, LONGEST_PROJECT = 63, 32


@dataclass(frozen=True)
class ResourceNames:
    """Names of the resources of one environment."""

    settings: EnvironmentSettings

    @property
    def prefix(self) -> str:
        """Beginning of every name, ``secure-mlops-<environment>``."""
        return prefix(self.settings.name)

    @property
    def own(self) -> str:
        """Beginning of names that each project has of its own."""
        return self.prefix

    @property
    def data_bucket(self) -> str:
        """Bucket of input data."""
        return self.bucket("data")

    @property
    def models_bucket(self) -> str:
        """Bucket of trained models and the champion."""
        return self.bucket("models")

    @property
    def artifacts_bucket(self) -> str:
        """Bucket of code, wheelhouses and the outputs of jobs."""
        return self.bucket("artifacts")

    @property
    def logs_bucket(self) -> str:
        """Bucket of S3 access logs."""
        return self.bucket("logs")

    @property
    def event_bus(self) -> str:
        """Bus of the platform's events."""
        return self.prefix

    @property
    def metrics_namespace(self) -> str:
        """Namespace of the metrics of its pipelines, ``secure-mlops/<environment>``."""
        return f"{PROJECT}/{self.settings.name}"

    @property
    def delivery_bucket(self) -> str:
        """Bucket of builds' artifacts and reports."""
        return self.bucket("delivery")

    @property
    def delivery_pipeline(self) -> str:
        """CodePipeline that verifies, deploys and trains."""
        return f"{self.prefix}-delivery"

    @property
    def inference_pipeline(self) -> str:
        """CodePipeline that promotes an approved model to the batch pipeline."""
        return f"{self.prefix}-inference"

    @property
    def packages(self) -> str:
        """Domain of CodeArtifact, and the repository in it that builds read."""
        return f"{self.prefix}-packages"

    @property
    def database(self) -> str:
        """Glue database of results; its names have no hyphens."""
        return self.prefix.replace("-", "_")

    @property
    def work_group(self) -> str:
        """Athena's work group, in which queries of batches run."""
        return f"{self.prefix}-{BATCH_INFERENCE}"

    def build(self, name: str) -> str:
        """Name a CodeBuild project; ``verify`` gives ``secure-mlops-dev-verify``."""
        return f"{self.own}-{name}"

    def model_package_group(self, name: str) -> str:
        """Name a model package group; ``churn`` gives ``secure-mlops-dev-churn``."""
        return f"{self.own}-{name}"

    def pipeline(self, name: str) -> str:
        """Name a SageMaker pipeline."""
        return f"{self.own}-{name}"

    def role(self, name: str) -> str:
        """Name an IAM role; ``training-job`` gives ``secure-mlops-dev-training-job``."""
        return f"{self.prefix}-{name}"

    def function(self, name: str) -> str:
        """Name a Lambda function; its role has the same name."""
        return self.role(name)

    def alarm(self, part: str, what: str = "") -> str:
        """Name an alarm; of ``training``, ``late`` gives ``secure-mlops-dev-training-late``."""
        return "-".join(filter(None, (self.own, part, what)))

    @property
    def alerts_topic(self) -> str:
        """Topic that people subscribe to."""
        return f"{self.prefix}-alerts"

    @property
    def schedule_group(self) -> str:
        """Group of the schedules."""
        return self.prefix

    def parameter(self, name: str) -> str:
        """Name an SSM parameter, ``/secure-mlops/<environment>/<name>``."""
        return parameter(self.settings.name, name)

    def bucket(self, purpose: str) -> str:
        """Name a bucket by its purpose."""
        return f"{self.prefix}-{purpose}-{self.settings.account}-{self.settings.region}"


@dataclass(frozen=True)
class ProjectNames(ResourceNames):
    """Names of a team's project, such as ``p-churn``, or its placeholder in a template."""

    project: str

    @property
    def own(self) -> str:
        """Beginning of every name, ``secure-mlops-<environment>-<project>``."""
        return f"{self.prefix}-{self.project}"

    @property
    def repository(self) -> str:
        """Repository of CodeCommit."""
        return self.own

    @property
    def files(self) -> str:
        """Prefix of its code in the bucket of artifacts, with a slash at the end."""
        return f"{PROJECT_FILES}{self.project}/"
