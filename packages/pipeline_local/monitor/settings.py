"""The environment variables of the analyzer container.

Names and values are those that the SDK's ``ModelMonitor`` and ``QualityCheckStep`` set
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mlops_common.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_UNSUPPORTED = {
    "record_preprocessor_script": "a preprocessing step before the check",
    "post_analytics_processor_script": "a processing step after the check",
}
_ANALYSES = ("DATA_QUALITY", "MODEL_QUALITY")
_PROBLEMS = ("Regression", "BinaryClassification", "MulticlassClassification")
_FORMATS = ("csv", "json", "parquet")
_DRIFT_METHODS = ("LInfinity", "ChiSquared")


class AnalysisError(UserError):
    """A mistake that the job's owner can correct; becomes the exit message."""


@dataclass(frozen=True)
class QualitySettings:
    """Columns (by name or index, empty for none) and threshold of a model-quality analysis."""

    problem: str
    ground_truth: str
    inference: str
    probability: str
    threshold: float  # least probability of the positive label


@dataclass(frozen=True)
class AnalysisSettings:
    """The data to analyse and the files to write."""

    kind: str  # one of the formats of datasets
    header: bool
    lines: bool  # JSON files hold a record per line
    source: Path
    output: Path
    baseline_constraints: Path | None  # constraints.json
    baseline_statistics: Path | None  # statistics.json
    publish_metrics: bool
    categorical_drift_method: str  # written into suggested constraints
    endpoint: str
    schedule: str
    end_time: str
    quality: QualitySettings | None = None  # None for data quality

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], base: Path = Path("/")
    ) -> AnalysisSettings:
        """Parse the environment variables."""
        analysis = environment.get("analysis_type", "DATA_QUALITY")
        if analysis not in _ANALYSES:
            known = " or ".join(_ANALYSES)
            raise AnalysisError(f"analysis_type: {analysis} is not supported, only {known}")
        for name, instead in _UNSUPPORTED.items():
            if environment.get(name):
                raise AnalysisError(f"{name} is not supported; use {instead}")
        kind, options = _dataset_format(_needed(environment, "dataset_format"))
        method = environment.get("categorical_drift_method", _DRIFT_METHODS[0])
        if method not in _DRIFT_METHODS:
            allowed = " or ".join(_DRIFT_METHODS)
            raise AnalysisError(f"categorical_drift_method: {method}; {allowed} is needed")
        return cls(
            kind=kind,
            header=_flag(options, "header", default=True),
            lines=_flag(options, "lines", default=True),
            source=under(base, _needed(environment, "dataset_source")),
            output=under(base, _needed(environment, "output_path")),
            baseline_constraints=_optional_path(environment, "baseline_constraints", base),
            baseline_statistics=_optional_path(environment, "baseline_statistics", base),
            publish_metrics=environment.get("publish_cloudwatch_metrics") == "Enabled",
            categorical_drift_method=method,
            endpoint=environment.get("sagemaker_endpoint_name", ""),
            schedule=environment.get("sagemaker_monitoring_schedule_name", ""),
            end_time=environment.get("end_time", ""),
            quality=_quality(environment) if analysis == "MODEL_QUALITY" else None,
        )


def settings_problems(environment: Mapping[str, Any]) -> Iterator[str]:
    """Validate the variables of a job, where all of them are known before it runs."""
    if all(isinstance(value, str) for value in environment.values()):
        try:
            AnalysisSettings.from_environment(environment)
        except AnalysisError as error:
            yield f"Environment: {error}"


def under(base: Path, path: str) -> Path:
    """Return a path of the container below another root."""
    return base.joinpath(*PurePosixPath(path).parts[1:]) if path.startswith("/") else base / path


def _quality(environment: Mapping[str, str]) -> QualitySettings:
    problem = _needed(environment, "problem_type")
    if problem not in _PROBLEMS:
        raise AnalysisError(f"problem_type: {problem} is not one of {', '.join(_PROBLEMS)}")
    inference = environment.get("inference_attribute", "")
    probability = environment.get("probability_attribute", "")
    if problem == "BinaryClassification" and not (inference or probability):
        raise AnalysisError("inference_attribute or probability_attribute is needed")
    if problem != "BinaryClassification" and not inference:
        raise AnalysisError(f"inference_attribute is needed for {problem}")
    text = environment.get("probability_threshold_attribute") or "0.5"
    try:
        threshold = float(text)
    except ValueError:
        raise AnalysisError(f"probability_threshold_attribute: {text!r} is not a number") from None
    truth = _needed(environment, "ground_truth_attribute")
    return QualitySettings(problem, truth, inference, probability, threshold)


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise AnalysisError(f"environment variable {name} is needed")
    return value


def _optional_path(environment: Mapping[str, str], name: str, base: Path) -> Path | None:
    value = environment.get(name)
    return under(base, value) if value else None


def _dataset_format(text: str) -> tuple[str, dict[str, Any]]:
    example = 'such as {"csv": {"header": true}}'
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict) or len(value) != 1:
        raise AnalysisError(f"dataset_format: one JSON object is needed, {example}; got {text}")
    name, options = next(iter(value.items()))
    if not isinstance(options, dict):
        raise AnalysisError(f"dataset_format: {name} takes an object, {example}")
    options = {key.lower(): option for key, option in options.items()}
    if name.lower() in _FORMATS:
        return name.lower(), options
    raise AnalysisError(f"dataset_format: {name} is not supported; csv, json or parquet is")


def _flag(options: dict[str, Any], name: str, *, default: bool) -> bool:
    value = options.get(name, default)
    if not isinstance(value, bool):
        raise AnalysisError(f"dataset_format: {name} takes true or false, got {value!r}")
    return value
