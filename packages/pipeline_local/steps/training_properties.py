"""The properties of a training job that its output and its course make."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline_local.steps.job_facts import TRANSITIONS
from pipeline_local.steps.training_container import entrypoint_of, is_script
from pipeline_schema import step_properties
from pipeline_schema.expressions import is_expression
from pipeline_schema.values import as_list
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from pipeline_schema.definition import Step
    from pipeline_schema.property_paths import Path

_ROUND = re.compile(r"^\[\d+\]((?:\t[^\t\n]+)+)$", re.MULTILINE)
_ROUND_METRIC = re.compile(r"\t(train|validation)-([^:\s]+):(\S+)")
_METRICS, _COURSE = "FinalMetricDataList", "SecondaryStatusTransitions"
BUILT_IN_METRIC = re.compile(r"(train|validation):.+")


def property_problem(step: Step, path: Path) -> str | None:
    """Return why a path has no value after a job that succeeded, or None."""
    problem = step_properties.property_problem(step, path)
    if problem or len(path) == 1:
        return problem
    if path[0] == _COURSE and not (
        isinstance(path[1], int) and -TRANSITIONS <= path[1] < TRANSITIONS
    ):
        return f"{_COURSE} has {TRANSITIONS} elements, from [0] to [{TRANSITIONS - 1}]"
    return _metric_problem(step, path[1]) if path[0] == _METRICS else None


def _metric_problem(step: Step, part: str | int) -> str | None:
    """Return why a metric is not in the list of final ones, or None."""
    definitions = member_at(step.arguments, ("AlgorithmSpecification", "MetricDefinitions"))
    declared = [member_at(each, ("Name",)) for each in as_list(definitions)]
    if any(map(is_expression, (definitions, *declared))) or part in declared:
        return None
    if isinstance(part, int):
        return f"{_METRICS}[{part}]: has no fixed place; name the metric: {_METRICS}['...']"
    if entrypoint_of(step.arguments) or is_script(step.arguments):
        known = ", ".join(map(str, declared)) or "none"
        return f"{_METRICS}[{part!r}]: is not in MetricDefinitions (there: {known})"
    if not BUILT_IN_METRIC.fullmatch(part):
        return f"{_METRICS}[{part!r}]: the algorithm has train:… and validation:… only"
    return None


def final_metrics(algorithm: dict[str, Any], output: str) -> list[dict[str, Any]]:
    """Return `FinalMetricDataList`: the last value of each declared metric in a job's output.

    The first group of a metric's regular expression is the value; missing metrics are left out.
    """
    found = []
    for metric in algorithm.get("MetricDefinitions") or []:
        values = [
            float(match.group(1))
            for match in re.finditer(metric["Regex"], output)
            if match.groups() and _is_number(match.group(1))
        ]
        if values:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            found.append({"MetricName": metric["Name"], "Value": values[-1], "Timestamp": now})
    return found


def round_metrics(output: str) -> list[dict[str, Any]]:
    """Parse XGBoost's last evaluation: `[9]<tab>train-rmse:2.1<tab>validation-rmse:2.3`."""
    rounds = _ROUND.findall(output)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return [
        {"MetricName": f"{channel}:{metric}", "Value": float(value), "Timestamp": now}
        for channel, metric, value in _ROUND_METRIC.findall(rounds[-1] if rounds else "")
    ]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
