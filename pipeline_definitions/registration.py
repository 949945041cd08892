"""The RegisterModel step: a model version with its origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_definitions import sdk
from pipeline_definitions.jobs import XGBOOST_IMAGE, Family, image, retries

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment


def register_model_step(
    environment: PipelineEnvironment,
    name: str,
    *,
    model_package_group: str,
    model_uri: Any,
    evaluation_uri: Any,
    data_baseline: sdk.RequestStep,
    approval_status: Any,
    metadata: dict[str, Any],
    description: str,
    quality_baseline: sdk.RequestStep | None = None,
    bias_baseline: sdk.RequestStep | None = None,
    bias_config_uri: Any = None,
    task: str = "REGRESSION",
    family: Family = XGBOOST_IMAGE,
) -> sdk.RequestStep:
    """Make a RegisterModel step: a new version with its metrics and drift-check baselines.

    Parameters
    ----------
    model_uri : str or pipeline variable
        The ``model.tar.gz`` to register; it carries its own inference code.
    evaluation_uri : str or pipeline variable
        S3 prefix that holds ``evaluation.json``.
    approval_status : str or ParameterString
        ``PendingManualApproval``, ``Approved`` or ``Rejected``.
    bias_config_uri : str or pipeline variable
        The analysis that `bias_baseline` made.
    task : str
        As CreateModelPackage names it: ``REGRESSION``, ``CLASSIFICATION``, …
    """
    statistics = sdk.Join(on="/", values=[evaluation_uri, "evaluation.json"])
    request = {
        "ModelPackageGroupName": model_package_group,
        "ModelPackageDescription": description,
        "ModelApprovalStatus": approval_status,
        "Domain": "MACHINE_LEARNING",
        "Task": task,
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": image(environment, family, serves=True),
                    "ModelDataUrl": model_uri,
                    "Environment": {
                        "SAGEMAKER_PROGRAM": "inference.py",
                        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                    },
                }
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv", "application/json"],
            "SupportedTransformInstanceTypes": list(environment.settings.instance_types),
            "SupportedRealtimeInferenceInstanceTypes": list(environment.settings.instance_types),
        },
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": _json_file(statistics),
                **(_limits(quality_baseline) if quality_baseline else {}),
            },
            "ModelDataQuality": {
                "Statistics": _json_file(data_baseline.properties.CalculatedBaselineStatistics),
                **_limits(data_baseline),
            },
            **({"Bias": _measured_by(bias_baseline)} if bias_baseline else {}),
        },
        "DriftCheckBaselines": {
            "ModelDataQuality": _used_by(data_baseline),
            **({"ModelQuality": _used_by(quality_baseline)} if quality_baseline else {}),
            **({"Bias": _bias_used_by(bias_baseline, bias_config_uri)} if bias_baseline else {}),
        },
        "CustomerMetadataProperties": metadata,
    }
    return sdk.RequestStep(
        name,
        sdk.StepTypeEnum.REGISTER_MODEL,
        request,
        description=description,
        retry_policies=retries()[:1],
    )


def _limits(step: sdk.RequestStep) -> dict[str, Any]:
    return {"Constraints": _json_file(step.properties.CalculatedBaselineConstraints)}


def _used_by(step: sdk.RequestStep) -> dict[str, Any]:
    return {
        "Statistics": _json_file(step.properties.BaselineUsedForDriftCheckStatistics),
        "Constraints": _json_file(step.properties.BaselineUsedForDriftCheckConstraints),
    }


def _measured_by(bias: sdk.RequestStep) -> dict[str, Any]:
    return {"PreTrainingReport": _json_file(bias.properties.CalculatedBaselineConstraints)}


def _bias_used_by(bias: sdk.RequestStep, config_uri: Any) -> dict[str, Any]:
    return {
        "ConfigFile": _json_file(config_uri),
        "PreTrainingConstraints": _json_file(bias.properties.BaselineUsedForDriftCheckConstraints),
    }


def _json_file(uri: Any) -> dict[str, Any]:
    return {"ContentType": "application/json", "S3Uri": uri}
