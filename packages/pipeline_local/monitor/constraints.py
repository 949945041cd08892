"""``constraints.json``, suggested from a baseline.

Schema: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pipeline_local.monitor.columns import NUMERIC, STRING
from pipeline_local.monitor.statistics import MAX_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_local.monitor.columns import ColumnProfile

# Two-sided, as in the suggestion rules of Deequ, the library the container is built on.
_CONFIDENCE_95 = 1.96


def suggest_constraints(
    columns: Sequence[ColumnProfile], categorical_drift_method: str = "LInfinity"
) -> dict[str, Any]:
    """Suggest the constraints of later data, with the thresholds that the container writes."""
    return {
        "version": 0.0,
        "features": [_feature(column) for column in columns],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1.0,
            "domain_content_threshold": 1.0,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.1,
                "comparison_method": "Robust",
                "categorical_comparison_threshold": 0.1,
                "categorical_drift_method": categorical_drift_method,
            },
        },
    }


def _feature(column: ColumnProfile) -> dict[str, Any]:
    feature: dict[str, Any] = {
        "name": column.name,
        "inferred_type": column.inferred_type,
        "completeness": suggested_completeness(column.present, column.rows),
    }
    if column.inferred_type in NUMERIC:
        feature["num_constraints"] = {"is_non_negative": bool(column.numbers[0] >= 0)}
    elif column.inferred_type == STRING and _is_categorical(column):
        feature["string_constraints"] = {"domains": sorted(column.values)}
    return feature


def suggested_completeness(present: int, rows: int) -> float:
    """Suggest the completeness of a column: 0 and 1 as observed.

    In between it is the lower 95 % bound of the observed share, down to two decimals: with the
    share itself every other sample of the same data would violate it.
    """
    share = present / rows
    if present in {0, rows}:
        return share
    bound = share - _CONFIDENCE_95 * math.sqrt(share * (1 - share) / rows)
    return max(0.0, math.floor(bound * 100) / 100)


def _is_categorical(column: ColumnProfile) -> bool:
    """Return whether a column holds categories: few values, most of them seen again."""
    once = sum(1 for count in column.values.values() if count == 1)
    return len(column.values) <= MAX_CATEGORIES and 2 * once <= len(column.values)
