"""Model quality: predictions against the truth, in Model Monitor's documented JSON.

Source: SageMaker AI developer guide, "Model Quality Metrics and Amazon CloudWatch Monitoring". The
comparison with the best constant classifier of AWS's container is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_local.monitor.problem_metrics import METRICS, Answers, confusion_matrix, curves
from pipeline_local.monitor.settings import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from pipeline_local.monitor.settings import QualitySettings

_VERSION = 0.0
_PREFIX = {
    "Regression": "regression",
    "BinaryClassification": "binary_classification",
    "MulticlassClassification": "multiclass_classification",
}
# Of these, more is worse; of all others, less is.
_WORSE_WHEN_GREATER = frozenset(
    {"mae", "mse", "rmse", "false_positive_rate", "false_negative_rate"}
)
_LESS, _GREATER = "LessThanThreshold", "GreaterThanThreshold"
# Least rows for a standard deviation: that of the metrics of five samples of 80 % each.
_LEAST_SAMPLES, _SHARE, _TIMES, _SEED = 200, 0.8, 5, 0


@dataclass(frozen=True)
class QualityViolation:
    """A metric that is worse than its constraint."""

    metric_name: str
    constraint_check_type: str
    description: str


def read_answers(table: pl.DataFrame, settings: QualitySettings) -> Answers:
    """Return truth and predictions of a table."""
    names = {
        "truth": settings.ground_truth,
        "predicted": settings.inference,
        "probability": settings.probability,
    }
    columns = {part: _column(table, name) for part, name in names.items() if name}
    chosen = table.select(list(columns.values())).drop_nulls()
    if chosen.height == 0:
        raise AnalysisError("no row has both a ground truth and a prediction")
    found = {part: chosen[name] for part, name in columns.items()}
    if settings.problem == "Regression":
        return Answers(_numbers(found["truth"]), _numbers(found["predicted"]))
    truth = np.array([_label(each) for each in found["truth"]])
    scores = _numbers(found["probability"]) if "probability" in found else None
    if "predicted" in found:
        predicted = np.array([_label(each) for each in found["predicted"]])
    else:
        assert scores is not None  # noqa: S101 - the settings ask for one of the two
        positive = Answers(truth, truth).positive
        others = sorted({*truth.tolist()} - {positive}) or ["0"]
        if len(others) > 1:
            labels = ", ".join([*others, positive])
            raise AnalysisError(f"a probability decides between two labels, there are {labels}")
        predicted = np.where(scores >= settings.threshold, positive, others[0])
    answers = Answers(truth, predicted, scores)
    if settings.problem == "BinaryClassification" and len(answers.labels) > 2:  # noqa: PLR2004
        raise AnalysisError(
            f"problem_type BinaryClassification, but the labels are {', '.join(answers.labels)}"
        )
    return answers


def build_quality_statistics(answers: Answers, problem: str) -> dict[str, Any]:
    """Build ``statistics.json``; an undefined metric is the text "NaN", as AWS writes it."""
    calculate = METRICS[problem]
    values, deviations = calculate(answers), _deviations(answers, problem)
    metrics: dict[str, Any] = {}
    if problem != "Regression":
        metrics["confusion_matrix"] = confusion_matrix(answers)
    for name, value in values.items():
        deviation = deviations.get(name, math.nan)
        metrics[name] = {"value": _written(value), "standard_deviation": _written(deviation)}
    if problem == "BinaryClassification" and answers.scores is not None:
        if len(present := {*answers.truth.tolist()}) == 1:
            raise AnalysisError(
                f"auc is not defined: the ground truth of all {len(answers.truth)} rows is "
                f"{present.pop()}; it needs rows of both labels"
            )
        metrics.update(curves(answers))
    return {
        "version": _VERSION,
        "dataset": {"item_count": len(answers.truth)},
        f"{_PREFIX[problem]}_metrics": metrics,
    }


def suggest_quality_constraints(statistics: Mapping[str, Any], problem: str) -> dict[str, Any]:
    """Suggest that no metric gets worse than it is."""
    metrics = statistics[f"{_PREFIX[problem]}_metrics"]
    return {
        "version": _VERSION,
        f"{_PREFIX[problem]}_constraints": {
            name: {
                "threshold": facts["value"],
                "comparison_operator": _GREATER if name in _WORSE_WHEN_GREATER else _LESS,
            }
            for name, facts in metrics.items()
            if isinstance(facts.get("value"), float)
        },
    }


def find_quality_violations(
    constraints: Mapping[str, Any], statistics: Mapping[str, Any], problem: str
) -> list[QualityViolation]:
    """Compare metrics with a baseline's ``constraints.json``."""
    limits = constraints.get(f"{_PREFIX[problem]}_constraints")
    if not isinstance(limits, dict):
        raise AnalysisError(
            f"baseline_constraints: {_PREFIX[problem]}_constraints is missing; is it the baseline "
            "of another problem, or of data quality?"
        )
    metrics = statistics[f"{_PREFIX[problem]}_metrics"]
    found = []
    for name, limit in limits.items():
        facts = metrics.get(name)
        try:
            threshold, operator = float(limit["threshold"]), limit["comparison_operator"]
        except (KeyError, TypeError, ValueError):
            raise AnalysisError(
                f"baseline_constraints: {name} needs a threshold and a comparison_operator"
            ) from None
        if facts is None or not isinstance(facts["value"], float):
            continue
        value, deviation = facts["value"], facts["standard_deviation"]
        if value > threshold if operator == _GREATER else value < threshold:
            description = f"Metric {name} with {value} +/- {deviation} was {operator} '{threshold}'"
            found.append(QualityViolation(name, operator, description))
    return found


def _deviations(answers: Answers, problem: str) -> dict[str, float]:
    rows = len(answers.truth)
    if rows < _LEAST_SAMPLES:
        return {}
    generator = np.random.default_rng(_SEED)
    samples = [
        METRICS[problem](answers.rows(generator.choice(rows, int(rows * _SHARE), replace=False)))
        for _ in range(_TIMES)
    ]
    return {name: float(np.std([each[name] for each in samples])) for name in samples[0]}


def _written(value: float) -> float | str:
    return float(value) if math.isfinite(value) else "NaN"


def _column(table: pl.DataFrame, name: str) -> str:
    """Find a column by its name or, as AWS allows for CSV, by its index."""
    if name in table.columns:
        return name
    if name.isdecimal() and int(name) < table.width:
        return table.columns[int(name)]
    raise AnalysisError(f"unknown column {name!r}; choose one of {', '.join(table.columns)}")


def _numbers(column: pl.Series) -> Any:
    import polars as pl

    try:
        return column.cast(pl.Float64).to_numpy()
    except pl.exceptions.PolarsError:
        raise AnalysisError(
            f"column {column.name}: contains a value that is not a number"
        ) from None


def _label(value: object) -> str:
    """Normalize a label: 1, 1.0 and "1" are the same."""
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else text
