"""``constraint_violations.json``: the six checks of Model Monitor.

Kinds and schema:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html. Columns
are matched by name, so a renamed column is one missing and one extra.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline_local.monitor.baseline import Baseline, FeatureBaseline
from pipeline_local.monitor.columns import NUMERIC, STRING, UNKNOWN, ColumnProfile
from pipeline_local.monitor.distance import (
    categorical_distance,
    chi_squared_p_value,
    numerical_distance,
)

_SHOWN_VALUES = 5
_Check = Callable[[FeatureBaseline, ColumnProfile], str | None]


@dataclass(frozen=True)
class Violation:
    """One entry of ``constraint_violations.json``."""

    feature_name: str
    constraint_check_type: str
    description: str


def find_violations(baseline: Baseline, columns: Sequence[ColumnProfile]) -> list[Violation]:
    """Check a dataset against a baseline, in its order of features; extra columns last."""
    if not baseline.evaluate:
        return []
    by_name = {column.name: column for column in columns}
    numbers = (
        f"Number of columns in current dataset: {len(columns)}, "
        f"Number of columns in baseline constraints: {len(baseline.features)}"
    )
    found = []
    for feature in baseline.features:
        column = by_name.pop(feature.name, None)
        if column is None:
            text = f"There are missing columns in current dataset: {feature.name}. {numbers}"
            found.append(Violation(feature.name, "missing_column_check", text))
            continue
        for kind, check in _CHECKS.items():
            description = check(feature, column)
            if description is not None:
                found.append(Violation(feature.name, kind, description))
    for name in by_name:
        text = f"There are extra columns in current dataset: {name}. {numbers}"
        found.append(Violation(name, "extra_column_check", text))
    return found


def drift_distance(feature: FeatureBaseline, column: ColumnProfile) -> float | None:
    """Measure the distance of a column from its baseline; None if incomparable or chi-squared."""
    limits = feature.limits
    if column.inferred_type in NUMERIC and feature.numerical is not None:
        return numerical_distance(*feature.numerical, column.numbers, robust=limits.robust)
    if column.inferred_type == STRING and feature.categorical and not limits.chi_squared:
        return categorical_distance(feature.categorical, column.values, robust=limits.robust)
    return None


def _data_type(feature: FeatureBaseline, column: ColumnProfile) -> str | None:
    wanted = feature.inferred_type
    expected = feature.limits.datatype_check_threshold
    observed = 1.0 if wanted == UNKNOWN else column.share_of_type(wanted)
    if observed >= expected:
        return None
    return (
        f"Data type match requirement is not met. Expected data type: {wanted}, "
        f"Expected match: {_percent(expected)}. "
        f"Observed: Only {_percent(observed)} of data is {wanted}."
    )


def _completeness(feature: FeatureBaseline, column: ColumnProfile) -> str | None:
    observed = column.present / column.rows
    if feature.completeness is None or observed >= feature.completeness:
        return None
    return (
        f"Completeness requirement is not met. Expected: {_percent(feature.completeness)}. "
        f"Observed: Only {_percent(observed)}, {column.missing} of {column.rows} values missing."
    )


def _drift(feature: FeatureBaseline, column: ColumnProfile) -> str | None:
    limits = feature.limits
    if not limits.perform_comparison:
        return None
    if column.inferred_type == STRING and limits.chi_squared and feature.categorical:
        p_value = chi_squared_p_value(feature.categorical, column.values)
        threshold = limits.categorical_comparison_threshold
        if p_value >= threshold:
            return None
        return f"Chi-squared test of categories: p-value {p_value:.6g} is below {threshold:g}"
    distance = drift_distance(feature, column)
    threshold = (
        limits.categorical_comparison_threshold
        if column.inferred_type == STRING
        else limits.comparison_threshold
    )
    if distance is None or distance <= threshold:
        return None
    return f"Baseline drift distance: {distance:.6g} exceeds threshold: {threshold:g}"


def _categories(feature: FeatureBaseline, column: ColumnProfile) -> str | None:
    if feature.domain is None or column.inferred_type != STRING:
        return None
    unknown = {value: n for value, n in column.values.items() if value not in feature.domain}
    observed = 1 - sum(unknown.values()) / column.present
    expected = feature.limits.domain_content_threshold
    if observed >= expected:
        return None
    shown = ", ".join(f"{value} ({n})" for value, n in list(unknown.items())[:_SHOWN_VALUES])
    more = f" and {len(unknown) - _SHOWN_VALUES} more" if len(unknown) > _SHOWN_VALUES else ""
    return (
        f"Categorical values requirement is not met. Expected match: {_percent(expected)}. "
        f"Observed: Only {_percent(observed)} of values are known. Unknown: {shown}{more}."
    )


def _percent(share: float) -> str:
    """Format a share without rounding 99.999 up to 100."""
    text = f"{share * 100:.4f}".rstrip("0")
    if share < 1 and float(text) >= 100:  # noqa: PLR2004
        text = repr(share * 100)
    return (f"{text}0" if text.endswith(".") else text) + "%"


_CHECKS: dict[str, _Check] = {
    "data_type_check": _data_type,
    "completeness_check": _completeness,
    "baseline_drift_check": _drift,
    "categorical_values_check": _categories,
}
