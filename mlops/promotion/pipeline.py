"""The batch-inference pipeline: the deployed definition, with one model as its default."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from environments.names import BATCH_INFERENCE
from mlops.errors import MlopsError

if TYPE_CHECKING:
    from mlops.registry import Registry

# The pipeline's parameters, by the names that its definition has for them.
MODEL_PACKAGE = "ModelPackage"
INPUT = "InputDataUrl"
SCORE_AGAIN = "ScoreAgain"


@dataclass(frozen=True)
class Deployed:
    """The newest version of the pipeline.

    Attributes
    ----------
    arn : str
        The pipeline's ARN.
    definition : str
        Its definition, as the service answers it.
    """

    arn: str
    definition: str

    def bound_to(self, model: str) -> str:
        """Write the definition with a model as default of its parameter.

        Parameters
        ----------
        model : str
            ARN of the model package.

        Returns
        -------
        str
            The same bytes for the same definition and model.

        Raises
        ------
        MlopsError
            If the definition has no parameter for the model.
        """
        document = json.loads(self.definition)
        for parameter in document.get("Parameters", []):
            if parameter["Name"] == MODEL_PACKAGE:
                parameter["DefaultValue"] = model
                return json.dumps(document, sort_keys=True, separators=(",", ":"))
        raise MlopsError(f"{self.arn}: its definition has no parameter {MODEL_PACKAGE}")

    def parameters(self) -> set[str]:
        """Name the parameters of the definition."""
        document: dict[str, Any] = json.loads(self.definition)
        return {parameter["Name"] for parameter in document.get("Parameters", [])}


class BatchPipeline:
    """The pipeline of an environment.

    Parameters
    ----------
    registry : Registry
        The environment's registry: its connection and names.
    """

    def __init__(self, registry: Registry) -> None:
        self._client = registry.aws.client("sagemaker")
        self.name = registry.names.pipeline(BATCH_INFERENCE)

    def newest(self) -> Deployed:
        """Look it up.

        Raises
        ------
        MlopsError
            If it is not deployed.
        """
        from botocore.exceptions import ClientError

        try:
            answer = self._client.describe_pipeline(PipelineName=self.name)
        except ClientError as error:
            if "NotFound" not in error.response["Error"]["Code"]:
                raise
            raise MlopsError(f"pipeline {self.name} is not deployed") from None
        return Deployed(answer["PipelineArn"], answer["PipelineDefinition"])

    def version(self, number: int) -> str:
        """Give the definition of a version."""
        answer = self._client.describe_pipeline(PipelineName=self.name, PipelineVersionId=number)
        return str(answer["PipelineDefinition"])

    def put(self, definition: str) -> int:
        """Make a new version; it is also what starts that name no version run.

        Parameters
        ----------
        definition : str
            The definition.

        Returns
        -------
        int
            The version's id.
        """
        answer = self._client.update_pipeline(PipelineName=self.name, PipelineDefinition=definition)
        return int(answer["PipelineVersionId"])

    def start(self, version: int, parameters: dict[str, str], description: str, token: str) -> str:
        """Start a version.

        Parameters
        ----------
        version : int
            Its id.
        parameters : dict of str to str
            What differs from the defaults.
        description : str
            Shown with the execution.
        token : str
            The same for one attempt however often it is sent; 32 to 128 characters.

        Returns
        -------
        str
            ARN of the execution.
        """
        answer = self._client.start_pipeline_execution(
            PipelineName=self.name,
            PipelineVersionId=version,
            PipelineParameters=[{"Name": k, "Value": v} for k, v in parameters.items()],
            PipelineExecutionDescription=description,
            ClientRequestToken=token,
        )
        return str(answer["PipelineExecutionArn"])


def sha256_of(definition: str) -> str:
    """Give the hash by which a definition is known again."""
    return hashlib.sha256(definition.encode()).hexdigest()
