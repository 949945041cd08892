"""The metrics of an evaluation, in the form of Model Monitor's model-quality statistics.

What the gate found is shown where an evaluation says it: `gate` with `summary`, `notes` and a list
of `checks`, each with a `name`, figures and `failed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.report.outputs import documents

if TYPE_CHECKING:
    from pipeline_local.report.outputs import Output

_FIGURES = (
    *("rows", "challenger", "champion", "loss", "standard_error", "at_least", "allowed"),
    *("smallest_detectable", "significance"),
)
_GROUP = "_metrics"  # regression_metrics, binary_classification_metrics, ...


@dataclass(frozen=True)
class Metric:
    """One figure."""

    name: str
    value: float
    deviation: float | None = None


@dataclass(frozen=True)
class Bar:
    """One model's error beside the others'."""

    name: str
    value: float
    share: float  # of the largest value, in percent
    note: str = ""


@dataclass(frozen=True)
class Gate:
    """What a gate found; `figures` are the columns that its checks have."""

    step: str
    summary: str
    figures: list[str]
    checks: list[dict[str, Any]]


def metrics(outputs: list[Output]) -> list[Metric]:
    """Return the metrics of all evaluations of a run."""
    return [
        found
        for _, document in documents(outputs, "evaluation.json")
        for section, content in document.items()
        if section.endswith(_GROUP) and isinstance(content, dict)
        for name, entry in content.items()
        if (found := _metric(name, entry)) is not None
    ]


def comparison(outputs: list[Output]) -> list[Bar]:
    """Compare the mean squared error with the champion's and a constant's, where they are known."""
    for _, document in documents(outputs, "evaluation.json"):
        own = _error(document.get("regression_metrics"))
        if own is None:
            continue
        found = [("this model", own, "")]
        champion = document.get("champion")
        if isinstance(champion, dict) and champion.get("present"):
            champion_error = _error(champion)
            arn = str(champion.get("model_package_arn") or "")
            found += [("champion", champion_error, arn)] if champion_error is not None else []
        constant = document.get("baseline")
        constant_error = _error(constant)
        if isinstance(constant, dict) and constant_error is not None:
            found.append(("a constant guess", constant_error, str(constant.get("method") or "")))
        most = max(value for _, value, _ in found)
        if len(found) > 1 and most > 0:
            return [Bar(n, v, round(v / most * 100, 1), note) for n, v, note in found]
    return []


def gates(outputs: list[Output]) -> list[Gate]:
    """Return what the gates of a run's evaluations found."""
    found = []
    for output, document in documents(outputs, "evaluation.json"):
        gate = document.get("gate")
        if isinstance(gate, dict) and isinstance(gate.get("checks"), list):
            checks = [check for check in gate["checks"] if isinstance(check, dict)]
            known = {name for check in checks for name in check}
            found.append(
                Gate(
                    output.step,
                    str(gate.get("summary", "")),
                    [name for name in _FIGURES if name in known],
                    checks,
                )
            )
    return found


def _error(section: Any) -> float | None:
    metric = _metric("mse", section.get("mse")) if isinstance(section, dict) else None
    return metric.value if metric else None


def _metric(name: str, entry: Any) -> Metric | None:
    value = entry.get("value") if isinstance(entry, dict) else None
    if not isinstance(value, int | float):
        return None
    deviation = entry.get("standard_deviation")
    return Metric(name, value, deviation if isinstance(deviation, int | float) else None)
