"""QualityCheck steps: Model Monitor's analyzer over a model's baseline, or against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_definitions import sdk
from pipeline_definitions.jobs import (
    MONITOR_IMAGE,
    Compute,
    JobInput,
    baseline_prefix,
    caching,
    image,
    processing_request,
)

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

_SOURCE = "/opt/ml/processing/input/baseline_dataset_input"
_RESULT = "/opt/ml/processing/output"


@dataclass(frozen=True)
class Quality:
    """The subject of a check: its type, and variables of the analyzer beyond those of its data."""

    check_type: str
    variables: dict[str, str]


DATA = Quality("DATA_QUALITY", {})


def regression(*, prediction: str, truth: str) -> Quality:
    """Describe a check of a regression's predictions.

    Examples
    --------
    >>> regression(prediction="prediction", truth="rings").variables["ground_truth_attribute"]
    'rings'
    """
    variables = {
        "analysis_type": "MODEL_QUALITY",
        "ground_truth_attribute": truth,
        "inference_attribute": prediction,
        "problem_type": "Regression",
    }
    return Quality("MODEL_QUALITY", variables)


def binary(*, prediction: str, probability: str, truth: str) -> Quality:
    """Describe a check of a binary classifier's predictions.

    The columns of the dataset are the class, the probability that it is 1, and the true class.
    """
    variables = {
        "analysis_type": "MODEL_QUALITY",
        "ground_truth_attribute": truth,
        "inference_attribute": prediction,
        "probability_attribute": probability,
        "problem_type": "BinaryClassification",
    }
    return Quality("MODEL_QUALITY", variables)


def multiclass(*, prediction: str, truth: str) -> Quality:
    """Describe a check of the classes that a classifier predicts, of any number.

    Examples
    --------
    >>> multiclass(prediction="said", truth="was").variables["problem_type"]
    'MulticlassClassification'
    """
    variables = {
        "analysis_type": "MODEL_QUALITY",
        "ground_truth_attribute": truth,
        "inference_attribute": prediction,
        "problem_type": "MulticlassClassification",
    }
    return Quality("MODEL_QUALITY", variables)


def baseline_step(
    environment: PipelineEnvironment,
    name: str,
    *,
    quality: Quality,
    dataset_uri: Any,
    model_package_group: str,
    compute: Compute,
    description: str,
    results_uri: Any = None,
) -> sdk.RequestStep:
    """Make a QualityCheck step that computes the baseline of a new model.

    The check itself is skipped and the new baseline is registered, as the documentation of the
    baseline's life cycle advises for training pipelines
    (https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html).

    The dataset is an S3 prefix of CSV files with a header; results go below the execution's own
    prefix unless `results_uri` says otherwise.
    """
    return _step(
        environment,
        name,
        quality=quality,
        dataset_uri=dataset_uri,
        results_uri=results_uri or baseline_prefix(environment, name),
        compute=compute,
        description=description,
        settings=new_baseline(model_package_group),
    )


def new_baseline(model_package_group: str) -> dict[str, Any]:
    """Return the settings of a check that compares nothing and registers what it computes."""
    return {
        "ModelPackageGroupName": model_package_group,
        "SkipCheck": True,
        "FailOnViolation": False,
        "RegisterNewBaseline": True,
    }


def check_step(
    environment: PipelineEnvironment,
    name: str,
    *,
    quality: Quality,
    dataset_uri: Any,
    results_uri: Any,
    statistics_uri: Any,
    constraints_uri: Any,
    fail_on_violation: Any,
    compute: Compute,
    description: str,
    depends_on: list[sdk.Step] | None = None,
) -> sdk.RequestStep:
    """Make a QualityCheck step that compares data with a model's own baseline.

    The dataset is an S3 prefix of CSV files with a header; findings go to `results_uri`.
    """
    settings = {
        "SkipCheck": False,
        "FailOnViolation": fail_on_violation,
        "RegisterNewBaseline": False,
        "SuppliedBaselineStatistics": statistics_uri,
        "SuppliedBaselineConstraints": constraints_uri,
    }
    return _step(
        environment,
        name,
        quality=quality,
        dataset_uri=dataset_uri,
        results_uri=results_uri,
        compute=compute,
        description=description,
        settings=settings,
        depends_on=depends_on,
    )


def _step(
    environment: PipelineEnvironment,
    name: str,
    *,
    quality: Quality,
    dataset_uri: Any,
    results_uri: Any,
    compute: Compute,
    description: str,
    settings: dict[str, Any],
    depends_on: list[sdk.Step] | None = None,
) -> sdk.RequestStep:
    request = processing_request(
        environment,
        image_uri=image(environment, MONITOR_IMAGE),
        compute=compute,
        inputs=[JobInput("baseline_dataset_input", dataset_uri, _SOURCE)],
        outputs=[("quality_check_output", _RESULT, results_uri)],
    )
    # The contract of the analyzer image, as the SDK's QualityCheckStep fills it.
    request["Environment"] = {
        "dataset_format": '{"csv": {"header": true}}',
        "dataset_source": _SOURCE,
        "output_path": _RESULT,
        "publish_cloudwatch_metrics": "Disabled",
        **quality.variables,
    }
    return sdk.RequestStep(
        name,
        sdk.StepTypeEnum.QUALITY_CHECK,
        request,
        description=description,
        cache_config=caching(),
        depends_on=depends_on,
        extra={"CheckType": quality.check_type, **settings},
    )
