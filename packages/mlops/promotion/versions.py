"""Versions of the inference pipeline, in a package group of their own."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from mlops.aws_calls import explained
from mlops.registry.versions import newest_first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.registry import ModelVersion, Registry
    from pipeline_definitions.model_project import ModelProject

# Names in the customer metadata of a version.
MODEL, RUN, REVISION = "ModelPackageArn", "RunId", "GitRevision"
PIPELINE, PIPELINE_VERSION, DEFINITION = "PipelineArn", "PipelineVersionId", "DefinitionSha256"
TEST = "TestExecutionArn"
_LONGEST_VALUE = 256


@dataclass(frozen=True)
class InferencePipeline:
    """A version of a batch pipeline, created for one model."""

    arn: str
    version: int
    status: str
    decided: str
    metadata: dict[str, str]

    @property
    def model(self) -> str:
        """ARN of the model package that it scores with."""
        return self.metadata.get(MODEL, "")

    @property
    def pipeline_version(self) -> int:
        """Version number of the pipeline."""
        return int(self.metadata.get(PIPELINE_VERSION, "0"))

    def facts(self) -> dict[str, Any]:
        """Return the facts for `--json`."""
        return {**asdict(self), "model": self.model, "pipeline_version": self.pipeline_version}


class InferencePipelines:
    """Group of a model project's inference pipelines."""

    def __init__(self, registry: Registry, project: ModelProject) -> None:
        self._client = registry.aws.client("sagemaker")
        self.group = registry.names.model_package_group(project.batch)

    def all(self) -> Iterator[InferencePipeline]:
        """Yield all versions, newest first."""
        missing = f"model package group {self.group} does not exist: deploy the environment"
        with explained(missing, "ValidationException", "ResourceNotFound"):
            for summary in newest_first(self._client, self.group):
                yield self.find(summary["ModelPackageArn"])

    def find(self, arn: str) -> InferencePipeline:
        """Describe one version."""
        answer = self._client.describe_model_package(ModelPackageName=arn)
        return InferencePipeline(
            arn=answer["ModelPackageArn"],
            version=answer["ModelPackageVersion"],
            status=answer["ModelApprovalStatus"],
            decided=answer.get("ApprovalDescription", ""),
            metadata=dict(answer.get("CustomerMetadataProperties", {})),
        )

    def register(self, model: ModelVersion, metadata: dict[str, str]) -> InferencePipeline:
        """Register a pipeline version as pending, with the model's containers."""
        specification: Any = model.description["InferenceSpecification"]
        answer = self._client.create_model_package(
            ModelPackageGroupName=self.group,
            ModelPackageDescription=f"Batch inference with {model.group} version {model.version}",
            ModelApprovalStatus="PendingManualApproval",
            InferenceSpecification=specification,
            CustomerMetadataProperties={
                name: value[:_LONGEST_VALUE] for name, value in metadata.items() if value
            },
        )
        return self.find(answer["ModelPackageArn"])

    def decide(
        self,
        found: InferencePipeline,
        status: Literal["Approved", "Rejected"],
        description: str,
        metadata: dict[str, str] | None = None,
    ) -> InferencePipeline:
        """Set the status of a version."""
        added: Any = {"CustomerMetadataProperties": metadata} if metadata else {}
        self._client.update_model_package(
            ModelPackageArn=found.arn,
            ModelApprovalStatus=status,
            ApprovalDescription=description,
            **added,
        )
        return self.find(found.arn)
