"""The states of alarms, found when somebody asks for them; moto never changes one by itself.

Source: CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat
missing data". A changed state starts no action here, and is no event.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws import determinism
from pipeline_local.local_aws.moto_patches import put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ALARM, OK, UNKNOWN = "ALARM", "OK", "INSUFFICIENT_DATA"
_STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
_HIGHEST = re.compile(r"MAX\(\[\s*(\w+(?:\s*,\s*\w+)*)\s*\]\)")
_ANY_OF = re.compile(r"ALARM\(\s*[\"']?(?:arn:[^\"')]*:alarm:)?([^\"')]+?)[\"']?\s*\)")


@dataclass(frozen=True)
class _Metric:
    """A metric and its statistic over a period."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    statistic: str
    unit: str | None

    def value(self, data: Sequence[Any]) -> float | None:
        """Return the statistic of those data points that are its own; None without any."""
        from moto.cloudwatch.models import Statistics

        mine = [each for each in data if self._has(each)]
        if not mine:
            return None
        found = Statistics([self.statistic], mine[0].timestamp)
        put(found, "metric_data", mine)
        value = found.get_statistics_for_type(self.statistic)
        return None if value is None else float(value)

    def _has(self, point: Any) -> bool:
        return bool(
            (point.namespace, point.name) == (self.namespace, self.name)
            and _pairs(point.dimensions) == self.dimensions
            and self.unit in {None, point.unit}
        )


class _UnsupportedError(Exception):
    """A form of alarm that is not evaluated here: its state stays unknown, and says so."""


def evaluate(alarms: Mapping[str, Any], data: Sequence[Any]) -> None:
    """Set the state of every alarm of an account and region by its data points.

    Parameters
    ----------
    alarms : mapping of str to moto's Alarm
        All alarms, by name.
    data : sequence of moto's MetricDatumBase
        All data points.
    """
    now = determinism.now()
    states: dict[str, str] = {}
    for alarm in sorted(alarms.values(), key=lambda each: each.rule is not None):
        try:
            value, reason = (
                _state_of(alarm, data, now) if alarm.rule is None else _any_of(alarm, states)
            )
        except _UnsupportedError as error:
            value, reason = UNKNOWN, f"The local AWS does not evaluate {error}"
        states[alarm.name] = value
        if alarm.state_value != value:
            alarm.update_state(reason, "{}", value)
        alarm.state_reason = reason


def _state_of(alarm: Any, data: Sequence[Any], now: datetime) -> tuple[str, str]:
    compared = _COMPARED.get(alarm.comparison_operator)
    if compared is None:
        raise _UnsupportedError(f"ComparisonOperator {alarm.comparison_operator}")
    metrics, period = _metrics(alarm)
    count = int(alarm.evaluation_periods)
    values = [*_values(metrics, data, now, timedelta(seconds=period), count)]
    over = sum(each is not None and compared(each, float(alarm.threshold)) for each in values)
    missing = values.count(None)
    wanted = int(alarm.datapoints_to_alarm or count)
    treatment = alarm.treat_missing_data or "missing"
    if treatment == "breaching":
        over, missing = over + missing, 0
    reason = f"Threshold Crossed: {over} of the last {count} datapoints, {wanted} are enough"
    if over >= wanted:
        return ALARM, reason
    if treatment == "notBreaching" or over + missing < wanted:
        return OK, f"{over} of the last {count} datapoints crossed the threshold, not {wanted}"
    if missing == count and treatment == "missing":
        return UNKNOWN, f"Insufficient Data: {count} datapoints were unknown"
    if missing == count:
        return str(alarm.state_value), str(alarm.state_reason)
    raise _UnsupportedError(f"TreatMissingData {treatment} where some datapoints are missing")


def _metrics(alarm: Any) -> tuple[list[_Metric], int]:
    """Return the metrics of which the highest value counts, and their period in seconds."""
    if not alarm.metric_data_queries:
        found = _metric(
            alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.unit
        )
        return [found], int(alarm.period)
    queries = {each.id: each for each in alarm.metric_data_queries}
    results = [each for each in queries.values() if str(each.return_data).lower() != "false"]
    if len(results) != 1:
        raise _UnsupportedError(f"{len(results)} queries that return data")
    (result,) = results
    asked = _HIGHEST.fullmatch(result.expression) if result.expression else None
    if result.expression and asked is None:
        raise _UnsupportedError(f"the expression {result.expression}")
    names = re.split(r"\s*,\s*", asked[1]) if asked else [result.id]
    stats = [queries[name].metric_stat for name in names if name in queries]
    stats = [each for each in stats if each is not None]
    if len(stats) < len(names) or len({int(each.period) for each in stats}) != 1:
        raise _UnsupportedError("expressions of expressions, or of several periods")
    metrics = [
        _metric(e.metric.namespace, e.metric.metric_name, e.metric.dimensions, e.stat, e.unit)
        for e in stats
    ]
    return metrics, int(stats[0].period)


def _metric(
    namespace: str, name: str, dimensions: Sequence[Any], statistic: str | None, unit: str | None
) -> _Metric:
    if statistic not in _STATISTICS:
        raise _UnsupportedError(f"the statistic {statistic}")
    return _Metric(namespace, name, _pairs(dimensions), statistic, unit)


def _pairs(dimensions: Sequence[Any]) -> frozenset[tuple[str, str]]:
    return frozenset((each.name, each.value) for each in dimensions)


def _values(
    metrics: Sequence[_Metric], data: Sequence[Any], now: datetime, period: timedelta, count: int
) -> Iterator[float | None]:
    """Yield the value of each period, the latest first; None where there is none."""
    points = [(_aware(each.timestamp), each) for each in data]
    for number in range(count):
        until = now - number * period
        within = [each for time, each in points if until - period < time <= until]
        found = [value for each in metrics if (value := each.value(within)) is not None]
        yield max(found, default=None)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # moto's are naive, in UTC


def _any_of(alarm: Any, states: Mapping[str, str]) -> tuple[str, str]:
    """Evaluate a rule that names alarms of which one is enough."""
    terms = [_ANY_OF.fullmatch(each.strip()) for each in alarm.rule.split(" OR ")]
    names = [each[1] for each in terms if each]
    if len(names) < len(terms) or not states.keys() >= {*names}:
        raise _UnsupportedError(f"the rule {alarm.rule}")
    on = [name for name in names if states[name] == ALARM]
    return (ALARM, f"{', '.join(on)} in ALARM") if on else (OK, "none of its alarms is in ALARM")
