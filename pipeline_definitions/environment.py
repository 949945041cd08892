"""The argument of a pipeline module: an environment's settings and names for its resources."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from environments.names import ProjectNames, ResourceNames
from mlops_contract.names import PROJECT_NAME
from pipeline_definitions import bundles
from pipeline_definitions.errors import PipelineModuleError

if TYPE_CHECKING:
    from pathlib import Path

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import CodeBundle

# The values that the pipelines stack binds. SubnetId1, SubnetId2, … come on top, one a zone.
PLACEHOLDERS = frozenset(
    {
        "ArtifactsBucketName",
        "ArtifactsKeyArn",
        "DataBucketName",
        "DataKeyArn",
        "InferenceRoleArn",
        "JobSecurityGroupId",
        "LogsBucketName",
        "ModelsBucketName",
        "ModelsKeyArn",
        "OrchestrationRoleArn",
        "ProcessingRoleArn",
        "TrainingRoleArn",
        "VolumeKeyArn",
    }
)
# Where batches come from a query; the second one where Redshift executes it.
QUERY_PLACEHOLDERS = frozenset({"QueryRoleArn", "UnloadRoleArn"})


def placeholder(name: str) -> str:
    """Return ``${name}``, which stands for a value known only at deployment.

    ``Fn::Sub`` replaces it in the template. CDK tokens cannot be used here: the SageMaker SDK takes
    them apart.

    Examples
    --------
    >>> f"s3://{placeholder('DataBucketName')}/churn/raw/"
    's3://${DataBucketName}/churn/raw/'
    """
    return f"${{{name}}}"


@dataclass(frozen=True)
class PipelineEnvironment:
    """An environment as pipeline modules see it.

    The catalogue reads `shipped` and `kept`, the results of `ship`, `ship_wheelhouse` and `keep`.
    The pipeline of a team's project has a place for the project's name in its own, and its code
    lies in the project's folder.
    """

    settings: EnvironmentSettings
    shipped: list[CodeBundle] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    of_project: bool = False

    @property
    def names(self) -> ResourceNames:
        """Names of the environment's resources, and of the project's own."""
        if self.of_project:
            return ProjectNames(self.settings, placeholder(PROJECT_NAME))
        return ResourceNames(self.settings)

    @property
    def data_bucket(self) -> str:
        """Placeholder of the bucket that input data arrives in."""
        return placeholder("DataBucketName")

    @property
    def models_bucket(self) -> str:
        """Placeholder of the bucket that trained models go to."""
        return placeholder("ModelsBucketName")

    @property
    def artifacts_bucket(self) -> str:
        """Placeholder of the bucket with code, wheelhouses and the outputs of jobs."""
        return placeholder("ArtifactsBucketName")

    @property
    def subnets(self) -> list[str]:
        """Placeholders of the isolated subnets, one an availability zone."""
        zones = self.settings.network.availability_zones
        return [placeholder(f"SubnetId{number}") for number in range(1, len(zones) + 1)]

    @property
    def security_groups(self) -> list[str]:
        """Placeholder of the security group of all jobs."""
        return [placeholder("JobSecurityGroupId")]

    @property
    def vpc_config(self) -> dict[str, list[str]]:
        """The ``VpcConfig`` of all jobs and models."""
        return {"SecurityGroupIds": self.security_groups, "Subnets": self.subnets}

    @property
    def known_placeholders(self) -> frozenset[str]:
        """All names that the pipelines stack can bind in this environment."""
        zones = len(self.settings.network.availability_zones)
        query = QUERY_PLACEHOLDERS if self.settings.batch.query else frozenset()
        of_project = {PROJECT_NAME} if self.of_project else set()
        subnets = {f"SubnetId{number}" for number in range(1, zones + 1)}
        return PLACEHOLDERS | query | of_project | subnets

    def ship(self, folder: Path) -> str:
        """Deliver a folder of job code with the platform, and return its S3 URI.

        Jobs find it unpacked, with the same files as ``sourcedir.tar.gz`` beside them.
        """
        return self._deliver(bundles.code_bundle(folder))

    def ship_wheelhouse(self, lock_file: Path) -> str:
        """Deliver the packages of a lock file with hashes, and return their S3 URI."""
        return self._deliver(bundles.wheelhouse_bundle(lock_file))

    def keep(self, prefix: str) -> str:
        """Deliver an empty folder of the artifacts bucket, without a slash at the end.

        A job cannot have an input that has no object.
        """
        self.refuse_in_projects(f"keeps {prefix}")
        if prefix not in self.kept:
            self.kept.append(prefix)
        return f"s3://{self.artifacts_bucket}/{prefix}"

    def refuse_in_projects(self, what: str) -> None:
        """Refuse what only pipelines of the environment itself do."""
        if self.of_project:
            raise PipelineModuleError(
                f"{what}, which belongs to the environment: the pipeline cannot be used in a"
                " project; remove it from project_template.pipelines"
            )

    def _deliver(self, bundle: CodeBundle) -> str:
        if bundle not in self.shipped:
            self.shipped.append(bundle)
        names = self.names
        folder = names.files if isinstance(names, ProjectNames) else ""
        return f"s3://{self.artifacts_bucket}/{folder}{bundle.key_prefix.rstrip('/')}"
