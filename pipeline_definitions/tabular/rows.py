"""The rows of a batch, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops_contract.data_places import BATCH, QUARANTINE, data_prefix
from pipeline_definitions import sdk
from pipeline_definitions.jobs import JobInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_definitions.environment import PipelineEnvironment
    from pipeline_definitions.jobs import ProcessingInput


@dataclass(frozen=True)
class Rows:
    """The source of the rows: its parameter, the input of `Preprocess`, and where refused files go.

    What a query found goes nowhere: it is there to be asked for again.
    """

    parameter: sdk.ParameterString
    source: ProcessingInput
    role: str = "ProcessingRoleArn"
    arguments: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def delivered(environment: PipelineEnvironment, dataset: str) -> Rows:
    """Take the rows from the S3 prefix of a data set's batches."""
    place = sdk.ParameterString(
        "InputDataUrl",
        default_value=f"s3://{environment.data_bucket}/{data_prefix(dataset, BATCH)}",
    )
    return Rows(place, JobInput("data", place), refused=quarantine(environment, dataset, BATCH))


def quarantine(environment: PipelineEnvironment, dataset: str, kind: str) -> dict[str, str]:
    """Return the output of a job that gets the files which it refuses, and its place."""
    place = f"{QUARANTINE}/{data_prefix(dataset, kind)}"
    return {QUARANTINE: f"s3://{environment.artifacts_bucket}/{place.rstrip('/')}"}
