"""``statistics.json``.

Schema: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-statistics.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_local.monitor.columns import NUMERIC, UNKNOWN
from pipeline_local.monitor.sketch import C, K, bucket_counts, kll_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_local.monitor.columns import ColumnProfile

# A column of more values than this is not categorical; the most frequent ones are still written.
MAX_CATEGORIES = 100


def build_statistics(columns: Sequence[ColumnProfile]) -> dict[str, Any]:
    """Describe a dataset."""
    return {
        "version": 0.0,
        "dataset": {"item_count": columns[0].rows},
        "features": [_feature(column) for column in columns],
    }


def _feature(column: ColumnProfile) -> dict[str, Any]:
    feature: dict[str, Any] = {"name": column.name, "inferred_type": column.inferred_type}
    common = {"num_present": column.present, "num_missing": column.missing}
    if column.inferred_type in NUMERIC:
        feature["numerical_statistics"] = {"common": common, **_numerical(column)}
    elif column.inferred_type == UNKNOWN:
        feature["string_statistics"] = {"common": common, "distinct_count": 0.0}
    else:
        shown = list(column.values.items())[:MAX_CATEGORIES]
        buckets = [{"value": value, "count": count} for value, count in shown]
        feature["string_statistics"] = {
            "common": common,
            "distinct_count": float(len(column.values)),
            "distribution": {"categorical": {"buckets": buckets}},
        }
    return feature


def _numerical(column: ColumnProfile) -> dict[str, Any]:
    numbers = column.numbers
    # Sums of the sorted column: the same to the last bit for any order of the rows. The mean is
    # that of a scaled column, for numbers whose sum exceeds a float.
    scale = max(abs(float(numbers[0])), abs(float(numbers[-1]))) or 1.0
    mean = float(np.mean(numbers / scale)) * scale
    with np.errstate(over="ignore"):
        total = float(np.nan_to_num(np.sum(numbers)))
    deviation = float(np.std(numbers / scale)) * scale  # of the population, as Deequ's
    return {
        "mean": mean,
        "sum": total,
        "std_dev": deviation,
        "min": float(numbers[0]),
        "max": float(numbers[-1]),
        "distribution": {
            "kll": {
                "buckets": bucket_counts(numbers),
                "sketch": {
                    "parameters": {"c": C, "k": float(K)},
                    "data": kll_levels(numbers),
                },
            }
        },
    }
