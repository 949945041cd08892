"""ClarifyCheck steps: Clarify's analyzer over the rows that a model learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_definitions import sdk
from pipeline_definitions.jobs import (
    Compute,
    JobInput,
    baseline_prefix,
    caching,
    image,
    processing_request,
)
from pipeline_definitions.quality import new_baseline

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

CLARIFY_IMAGE = ("clarify", "")
CONFIG_FILE = "analysis_config.json"
_FOLDER = "/opt/ml/processing/input"


def bias_baseline_step(
    environment: PipelineEnvironment,
    name: str,
    *,
    config_uri: Any,
    dataset_uri: Any,
    model_package_group: str,
    compute: Compute,
    description: str,
) -> sdk.RequestStep:
    """Make a ClarifyCheck step that measures the bias of the data before a training.

    The check itself is skipped and the new baseline is registered, as `quality.baseline_step` does.

    Parameters
    ----------
    config_uri : str or pipeline variable
        S3 object with the analysis: AWS's `analysis_config.json`, of `pre_training_bias` only.
    dataset_uri : str or pipeline variable
        S3 prefix of CSV files with a header.
    """
    request = processing_request(
        environment,
        image_uri=image(environment, CLARIFY_IMAGE),
        compute=compute,
        inputs=[
            JobInput("analysis_config", config_uri, f"{_FOLDER}/config"),
            JobInput("dataset", dataset_uri, f"{_FOLDER}/data"),
        ],
        outputs=[
            ("analysis_result", "/opt/ml/processing/output", baseline_prefix(environment, name))
        ],
    )
    return sdk.RequestStep(
        name,
        sdk.StepTypeEnum.CLARIFY_CHECK,
        request,
        description=description,
        cache_config=caching(),
        extra={"CheckType": "DATA_BIAS", **new_baseline(model_package_group)},
    )
