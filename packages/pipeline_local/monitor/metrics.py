"""CloudWatch metrics, as a monitoring container passes them to SageMaker: lines of a file.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline_local.monitor.columns import NUMERIC
from pipeline_local.monitor.violations import drift_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_local.monitor.baseline import Baseline
    from pipeline_local.monitor.columns import ColumnProfile
    from pipeline_local.monitor.settings import AnalysisSettings

# Below the container's root.
METRICS_FILE = "/opt/ml/output/metrics/cloudwatch/cloudwatch_metrics.jsonl"


def metric_lines(
    settings: AnalysisSettings, baseline: Baseline | None, columns: Sequence[ColumnProfile]
) -> str:
    """Render the metrics of each column, a JSON object per line."""
    known = {feature.name: feature for feature in baseline.features} if baseline else {}
    lines = []
    for column in columns:
        if column.inferred_type in NUMERIC:
            numbers = column.numbers
            statistic = {
                "Maximum": float(numbers[-1]),
                "Minimum": float(numbers[0]),
                "SampleCount": len(numbers),
                "Sum": float(numbers.sum()),
            }
            lines.append(
                _line(settings, f"feature_data_{column.name}", "StatisticValues", statistic)
            )
        share = column.present / column.rows
        lines.append(_line(settings, f"feature_non_null_{column.name}", "Value", share))
        feature = known.get(column.name)
        distance = drift_distance(feature, column) if feature else None
        if distance is not None:
            name = f"feature_baseline_drift_{column.name}"
            lines.append(_line(settings, name, "Value", distance))
    return "".join(f"{line}\n" for line in lines)


def _line(settings: AnalysisSettings, name: str, key: str, value: Any) -> str:
    dimensions = [
        {"Name": dimension, "Value": text}
        for dimension, text in (
            ("Endpoint", settings.endpoint),
            ("MonitoringSchedule", settings.schedule),
        )
        if text
    ]
    timestamp = settings.end_time or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    metric = {"MetricName": name, "Timestamp": timestamp, "Dimensions": dimensions, key: value}
    return json.dumps(metric)
