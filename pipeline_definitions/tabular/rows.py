"""The rows of a batch, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_definitions import sdk
from pipeline_definitions.jobs import JobInput

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment
    from pipeline_definitions.jobs import ProcessingInput


@dataclass(frozen=True)
class Rows:
    """The source of the rows: its parameter, and the input of `Preprocess`."""

    parameter: sdk.ParameterString
    source: ProcessingInput
    role: str = "ProcessingRoleArn"
    arguments: tuple[str, ...] = ()


def delivered(environment: PipelineEnvironment, dataset: str) -> Rows:
    """Take the rows from the S3 prefix of a data set's batches."""
    place = sdk.ParameterString(
        "InputDataUrl", default_value=f"s3://{environment.data_bucket}/{dataset}/batch/"
    )
    return Rows(place, JobInput("data", place))
