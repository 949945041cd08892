"""The pipeline of a project's batches: the deployed definition, with one model as its default."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from mlops.aws_calls import explained
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from mlops.registry import Registry
    from pipeline_definitions.model_project import ModelProject

# The pipeline's parameters, by the names that its definition has for them.
MODEL_PACKAGE = "ModelPackage"
INPUT, QUERY = "InputDataUrl", "Query"
SCORE_AGAIN, REHEARSAL = "ScoreAgain", "Rehearsal"
NEWEST = "newest-approved"  # what the deployed definition has as the model


@dataclass(frozen=True)
class Deployed:
    """Latest version of the pipeline."""

    arn: str
    definition: str

    def bound_to(self, model: str) -> str:
        """Return the definition with a model package's ARN as the parameter's default."""
        document: dict[str, Any] = json.loads(self.definition)
        _parameter(document, self.arn)["DefaultValue"] = model
        return json.dumps(document, sort_keys=True, separators=(",", ":"))

    def model(self) -> str:
        """Return the default model: an ARN, or the newest approved."""
        return str(_parameter(json.loads(self.definition), self.arn)["DefaultValue"])

    def parameters(self) -> set[str]:
        """Return the names of the definition's parameters."""
        parameters = json.loads(self.definition).get("Parameters", [])
        return {parameter["Name"] for parameter in parameters}


def _parameter(document: dict[str, Any], arn: str) -> dict[str, Any]:
    for parameter in document.get("Parameters", []):
        if parameter["Name"] == MODEL_PACKAGE:
            return cast("dict[str, Any]", parameter)
    raise MlopsError(f"{arn}: its definition has no parameter {MODEL_PACKAGE}")


class BatchPipeline:
    """Pipeline of the batches of a model project."""

    def __init__(self, registry: Registry, project: ModelProject) -> None:
        self._client = registry.aws.client("sagemaker")
        self.name = registry.names.pipeline(project.batch)

    def newest(self) -> Deployed:
        """Return the latest version."""
        with explained(f"pipeline {self.name} is not deployed", "NotFound"):
            answer = self._client.describe_pipeline(PipelineName=self.name)
        return Deployed(answer["PipelineArn"], answer["PipelineDefinition"])

    def score_with(self, model: str) -> None:
        """Set the default model (an ARN, or `NEWEST`); the rest of the definition stays."""
        newest = self.newest()
        if newest.model() != model:
            self.put(newest.bound_to(model))

    def put(self, definition: str) -> int:
        """Create a new version, which also becomes the default of starts."""
        answer = self._client.update_pipeline(PipelineName=self.name, PipelineDefinition=definition)
        return int(answer["PipelineVersionId"])

    def start(self, version: int, parameters: dict[str, str], description: str, token: str) -> str:
        """Start a version; the idempotency token has 32 to 128 characters."""
        answer = self._client.start_pipeline_execution(
            PipelineName=self.name,
            PipelineVersionId=version,
            PipelineParameters=[{"Name": k, "Value": v} for k, v in parameters.items()],
            PipelineExecutionDescription=description,
            ClientRequestToken=token,
        )
        return str(answer["PipelineExecutionArn"])


def sha256_of(definition: str) -> str:
    """Return the SHA-256 of a definition."""
    return hashlib.sha256(definition.encode()).hexdigest()
