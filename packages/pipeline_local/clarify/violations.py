"""``constraint_violations.json``: metrics of an analysis that are worse than its baseline's.

Source: SageMaker AI developer guide, "Bias drift violations" (a metric farther from what is fair
than the baseline's), "Model feature attribution drift violations" (nDCG below 0.9) and "Feature
attribution drift" (the computation of nDCG).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

THRESHOLD = 0.9
_BIAS = ("pre_training_bias_metrics", "post_training_bias_metrics")
# Fair is 0, except for the ratio of Disparate Impact.
_FAIR = {"DI": 1.0}
_NOISE = 1e-12


def find_violations(analysis: dict[str, Any], baseline: dict[str, Any]) -> list[dict[str, str]]:
    """Compare the contents of two ``analysis.json``."""
    found = [item for section in _BIAS for item in _bias(section, analysis, baseline)]
    return [*found, *_attributions(analysis, baseline)]


def ndcg(baseline: dict[str, float], current: dict[str, float]) -> float:
    """Return the normalized discounted cumulative gain of global attributions by feature.

    Features are ranked by the current ones, and gain what the baseline attributes to them.
    """

    def ranked(values: dict[str, float]) -> list[str]:
        return sorted(values, key=lambda name: (-values[name], name))

    def gain(names: list[str]) -> float:
        places = enumerate((name for name in names if name in baseline), start=2)
        return sum(baseline[name] / math.log2(place) for place, name in places)

    ideal = gain(ranked(baseline))
    return gain(ranked(current)) / ideal if ideal else 1.0


def _bias(
    section: str, analysis: dict[str, Any], baseline: dict[str, Any]
) -> Iterator[dict[str, str]]:
    before = dict(_measured(baseline.get(section) or {}))
    for key, value in _measured(analysis.get(section) or {}):
        if key not in before:
            continue
        facet, group, name = key
        fair = _FAIR.get(name, 0.0)
        if abs(value - fair) > abs(before[key] - fair) + _NOISE:
            yield {
                "facet": facet,
                "facet_value": group,
                "metric_name": name,
                "constraint_check_type": "bias_drift_check",
                "description": (
                    f"Value {value:g} does not meet the constraint requirement: "
                    f"it is farther from {fair:g} than {before[key]:g}, the baseline"
                ),
            }


def _measured(section: dict[str, Any]) -> Iterator[tuple[tuple[str, str, str], float]]:
    for facet, groups in (section.get("facets") or {}).items():
        for group in groups:
            for metric in group["metrics"]:
                if metric.get("value") is not None:
                    key = (facet, str(group["value_or_threshold"]), metric["name"])
                    yield key, float(str(metric["value"]).replace("Infinity", "inf"))


def _attributions(analysis: dict[str, Any], baseline: dict[str, Any]) -> Iterator[dict[str, str]]:
    before = (baseline.get("explanations") or {}).get("kernel_shap") or {}
    now = (analysis.get("explanations") or {}).get("kernel_shap") or {}
    for label, item in now.items():
        if label not in before:
            continue
        score = ndcg(before[label]["global_shap_values"], item["global_shap_values"])
        if score < THRESHOLD:
            yield {
                "label": label,
                "metric_name": "shap",
                "constraint_check_type": "feature_attribution_drift_check",
                "description": f"Feature attribution drift {score} exceeds threshold {THRESHOLD}",
            }
