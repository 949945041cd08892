"""The data set as Preprocess and the data-quality baseline describe it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline_local.report.charts import large_bars, small_bars
from pipeline_local.report.outputs import documents

if TYPE_CHECKING:
    from markupsafe import Markup

    from pipeline_local.report.outputs import Output


@dataclass(frozen=True)
class Profile:
    """The summary of a data set."""

    rows: list[tuple[str, Any]] = field(default_factory=list)
    reasons: list[tuple[str, int]] = field(default_factory=list)  # of rejected rows
    charts: list[tuple[str, Markup]] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """A column of the baseline."""

    name: str
    kind: str
    missing: Any
    figures: dict[str, float]  # mean, deviation, minimum, maximum
    distribution: Markup
    rule: str  # the baseline's constraints as text


@dataclass(frozen=True)
class Compared:
    """A column of checked data beside the baseline's; either may lack it."""

    name: str
    before: Column | None
    now: Column | None
    distance: float | None


def data_profile(outputs: list[Output]) -> Profile | None:
    """Return Preprocess's report on the data, or None."""
    for _, report in documents(outputs, "data_report.json"):
        rows = _dict(report.get("rows"))
        counts = [(k.replace("_", " "), v) for k, v in rows.items() if isinstance(v, int)]
        reasons = [
            (str(reason.get("meaning", name)), int(reason.get("count", 0)))
            for name, reason in _dict(rows.get("reasons")).items()
            if isinstance(reason, dict) and isinstance(reason.get("count"), int) and reason["count"]
        ]
        charts = [
            (name, large_bars(list(counted), list(counted.values()), f"Rows by {name}"))
            for name, column in _dict(report.get("columns")).items()
            if (counted := _counts(column))
        ]
        return Profile(counts, reasons, charts)
    return None


def baseline(outputs: list[Output]) -> list[Column]:
    """Return the columns of a data-quality baseline (Model Monitor's statistics.json)."""
    rules = {
        str(feature.get("name")): _rule(feature)
        for _, document in documents(outputs, "constraints.json")
        for feature in _dicts(document.get("features"))
    }
    return [
        _column(feature, rules)
        for _, document in documents(outputs, "statistics.json")
        for feature in _dicts(document.get("features"))
    ]


def compared(used: list[Output], outputs: list[Output]) -> list[Compared]:
    """Return the columns of checked data beside those of the baselines that were used."""
    steps = {output.step for output in used}
    before = {column.name: column for column in baseline(used)}
    checked = baseline([output for output in outputs if output.step in steps])
    now = {column.name: column for column in checked}
    distances: dict[str, Any] = {}
    for _, report in documents(outputs, "figures.json"):
        distances |= _dict(_dict(report.get("figures")).get("DriftDistanceByFeature"))
    return [
        Compared(name, before.get(name), now.get(name), distances.get(name))
        for name in (before | now if before else ())
    ]


def violations(outputs: list[Output]) -> list[dict[str, str]]:
    """Return the violations of quality checks (Model Monitor's constraint_violations.json)."""
    return [
        {
            "column": str(entry.get("feature_name", "")),
            "check": str(entry.get("constraint_check_type", "")),
            "text": str(entry.get("description", "")),
        }
        for _, document in documents(outputs, "constraint_violations.json")
        for entry in _dicts(document.get("violations"))
    ]


def _column(feature: dict[str, Any], rules: dict[str, str]) -> Column:
    name = str(feature.get("name", ""))
    numbers = _dict(feature.get("numerical_statistics"))
    texts = _dict(feature.get("string_statistics"))
    spread = _dict((numbers or texts).get("distribution"))
    kind_of_spread = spread.get("kll") or spread.get("categorical")
    buckets = [
        bucket
        for bucket in _dicts(_dict(kind_of_spread).get("buckets"))
        if isinstance(bucket.get("count"), int | float)
    ]
    counts = [float(bucket["count"]) for bucket in buckets]
    if texts:
        values = ", ".join(f"{b.get('value')} {b['count']:g}" for b in buckets)
        words = f"{name}: {values}"
    else:
        words = f"Distribution of {name} in {len(counts)} bins"
    figures: dict[str, float] = {
        key: numbers[key] for key in ("mean", "std_dev", "min", "max") if key in numbers
    }
    missing = _dict((numbers or texts).get("common")).get("num_missing", "")
    kind = str(feature.get("inferred_type", ""))
    return Column(name, kind, missing, figures, small_bars(counts, words), rules.get(name, ""))


def _rule(feature: dict[str, Any]) -> str:
    rules = []
    if isinstance(complete := feature.get("completeness"), int | float):
        rules.append("complete" if complete == 1 else f"at least {complete:.1%} present")
    if _dict(feature.get("num_constraints")).get("is_non_negative"):
        rules.append("not negative")
    if domains := _dict(feature.get("string_constraints")).get("domains"):
        rules.append(f"one of {', '.join(map(str, domains))}")
    return ", ".join(rules)


def _counts(column: Any) -> dict[str, float]:
    counts = _dict(_dict(column).get("counts"))
    return counts if all(isinstance(n, int | float) for n in counts.values()) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
