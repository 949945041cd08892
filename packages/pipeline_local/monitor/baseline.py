"""Parser of baselines: a ``constraints.json`` and perhaps a ``statistics.json``, ours or AWS's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_local.monitor.settings import AnalysisError
from pipeline_local.monitor.sketch import sketch_points

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_METHODS = {"simple": False, "linf_simple": False, "robust": True, "linf_robust": True}


@dataclass(frozen=True)
class Limits:
    """Thresholds of one feature."""

    datatype_check_threshold: float  # least share of the baseline's type
    domain_content_threshold: float  # least share in the baseline's domain
    perform_comparison: bool
    comparison_threshold: float  # largest numerical distance
    robust: bool
    categorical_comparison_threshold: float  # distance, or significance level
    chi_squared: bool


@dataclass(frozen=True)
class FeatureBaseline:
    """The constraints of one feature, and its distribution if it is known."""

    name: str
    inferred_type: str
    completeness: float | None  # least share of present values
    domain: frozenset[str] | None
    limits: Limits  # with the feature's overrides
    numerical: tuple[NDArray[Any], NDArray[Any]] | None = None
    categorical: dict[str, float] | None = None


@dataclass(frozen=True)
class Baseline:
    """A baseline to check against."""

    evaluate: bool
    emit_metrics: bool
    features: list[FeatureBaseline] = field(default_factory=list)


def read_baseline(constraints: Path, statistics: Path | None) -> Baseline:
    """Read a baseline; without statistics no distribution is compared."""
    content = read_document(constraints)
    known: dict[str, dict[str, Any]] = {}
    if statistics is not None:
        described = read_document(statistics)
        try:
            known = {feature["name"]: feature for feature in described["features"]}
        except (KeyError, TypeError) as error:
            raise AnalysisError(f"{statistics.name}: features: not as documented") from error
    config = content.get("monitoring_config", {})
    features = content.get("features")
    if not isinstance(config, dict) or not isinstance(features, list):
        raise AnalysisError(f"{constraints.name}: features and monitoring_config are needed")
    read = []
    for feature in features:
        try:
            read.append(_feature(feature, config, known.get(feature["name"], {})))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            name = feature.get("name", "?") if isinstance(feature, dict) else "?"
            raise AnalysisError(
                f"{constraints.name}: feature {name}: {type(error).__name__}: {error}"
            ) from error
    return Baseline(
        evaluate=config.get("evaluate_constraints", "Enabled") == "Enabled",
        emit_metrics=config.get("emit_metrics", "Enabled") == "Enabled",
        features=read,
    )


def read_document(path: Path) -> dict[str, Any]:
    """Read a file of a baseline."""
    path = _only_file(path)
    try:
        content = json.loads(path.read_text())
    except OSError as error:
        raise AnalysisError(f"baseline {path.name} does not exist: {path}") from error
    except ValueError as error:
        raise AnalysisError(f"baseline {path.name} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise AnalysisError(f"baseline {path.name}: a JSON object is needed")
    return content


def _only_file(path: Path) -> Path:
    """Return the file of a folder: an S3 prefix that names one object arrives as a folder."""
    if not path.is_dir():
        return path
    files = sorted(entry for entry in path.iterdir() if entry.suffix == ".json")
    if len(files) != 1:
        raise AnalysisError(f"{path}: one JSON file is needed, there are {len(files)}")
    return files[0]


def _feature(
    feature: dict[str, Any], config: dict[str, Any], statistics: dict[str, Any]
) -> FeatureBaseline:
    domains = feature.get("string_constraints", {}).get("domains")
    completeness = feature.get("completeness")
    return FeatureBaseline(
        name=str(feature["name"]),
        inferred_type=str(feature["inferred_type"]),
        completeness=None if completeness is None else float(completeness),
        domain=None if domains is None else frozenset(str(value) for value in domains),
        limits=_limits(config, feature.get("monitoringConfigOverrides") or {}),
        numerical=_numerical(statistics.get("numerical_statistics", {})),
        categorical=_categorical(statistics.get("string_statistics", {})),
    )


def _limits(config: dict[str, Any], overrides: dict[str, Any]) -> Limits:
    merged = {**config, **overrides}
    distribution = {
        **config.get("distribution_constraints", {}),
        **overrides.get("distribution_constraints", {}),
    }
    method = str(distribution.get("comparison_method", "Robust"))
    if method.lower() not in _METHODS:
        raise ValueError(f"comparison_method {method}; Simple or Robust is needed")
    threshold = float(distribution.get("comparison_threshold", 0.1))
    return Limits(
        datatype_check_threshold=float(merged.get("datatype_check_threshold", 1.0)),
        domain_content_threshold=float(merged.get("domain_content_threshold", 1.0)),
        perform_comparison=distribution.get("perform_comparison", "Enabled") == "Enabled",
        comparison_threshold=threshold,
        robust=_METHODS[method.lower()],
        categorical_comparison_threshold=float(
            distribution.get("categorical_comparison_threshold", threshold)
        ),
        chi_squared=distribution.get("categorical_drift_method") == "ChiSquared",
    )


def _numerical(statistics: dict[str, Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    distribution = statistics.get("distribution", {}).get("kll", {})
    levels = distribution.get("sketch", {}).get("data")
    if levels:
        points, ranks = sketch_points(levels)
        return (points, ranks) if len(points) else None
    buckets = distribution.get("buckets")
    if buckets:  # coarser, for a file without a sketch
        points = np.array([bucket["upper_bound"] for bucket in buckets], dtype=float)
        ranks = np.cumsum([bucket["count"] for bucket in buckets])
        return (points, ranks) if ranks[-1] > 0 else None
    return None


def _categorical(statistics: dict[str, Any]) -> dict[str, float] | None:
    buckets = statistics.get("distribution", {}).get("categorical", {}).get("buckets")
    if not buckets:
        return None
    counts = {str(bucket["value"]): float(bucket["count"]) for bucket in buckets}
    complete = sum(counts.values()) >= statistics["common"]["num_present"]
    return counts if complete else None
