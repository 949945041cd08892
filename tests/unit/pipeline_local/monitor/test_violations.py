"""The six kinds of violations, and none for unchanged data."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.pipeline_local.monitor.conftest import Job

Row = tuple[str, float, int]


def _population(count: int, seed: int = 1) -> list[Row]:
    chance = random.Random(seed)  # noqa: S311
    return [
        (
            chance.choices(["F", "I", "M"], [0.31, 0.32, 0.37])[0],
            chance.gauss(0.5, 0.12),
            chance.randint(1, 20),
        )
        for _ in range(count)
    ]


def _csv(rows: list[Row], header: str = "sex,length,rings") -> str:
    return header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


@pytest.fixture
def monitored(job: Job) -> Job:
    """A job that checks against the baseline of 4000 rows."""
    job.write(_csv(_population(4000)))
    job.run()
    job.keep_as_baseline()
    return job


def test_the_baseline_does_not_violate_itself(monitored: Job) -> None:
    said = monitored.run()
    assert said == "Completed: Job completed successfully with no violations."
    assert monitored.result("constraint_violations.json") == {"violations": []}


def test_shifted_data_drift(monitored: Job) -> None:
    rows = [(sex, length + 0.06, rings) for sex, length, rings in _population(2000, 2)]
    monitored.write(_csv(rows))
    said = monitored.run()
    assert said == "CompletedWithViolations: Job completed successfully with 1 violations."
    [violation] = monitored.result("constraint_violations.json")["violations"]
    assert violation["feature_name"] == "length"
    assert violation["constraint_check_type"] == "baseline_drift_check"
    text, _, threshold = violation["description"].partition(" exceeds threshold: ")
    assert text.startswith("Baseline drift distance: 0.1")
    assert threshold == "0.1"


def test_other_shares_of_categories_drift(monitored: Job) -> None:
    rows = [("F" if n % 2 else row[0], *row[1:]) for n, row in enumerate(_population(2000, 2))]
    monitored.write(_csv(rows))  # type: ignore[arg-type]
    monitored.run()
    assert monitored.violations() == [("sex", "baseline_drift_check")]


def test_a_missing_and_an_extra_column(monitored: Job) -> None:
    rows = _population(2000, 2)
    monitored.write(_csv(rows, "sex,length,age"))
    monitored.run()
    assert monitored.violations() == [
        ("rings", "missing_column_check"),
        ("age", "extra_column_check"),
    ]
    monitored.write(_csv([row[:2] for row in rows], "sex,length"))  # type: ignore[misc]
    monitored.run()
    assert monitored.violations() == [("rings", "missing_column_check")]
    description = monitored.result("constraint_violations.json")["violations"][0]["description"]
    assert "Number of columns in current dataset: 2" in description
    assert "Number of columns in baseline constraints: 3" in description


def test_a_new_category(monitored: Job) -> None:
    rows = [*_population(2000, 2)[:-2], ("X", 0.5, 9), ("X", 0.5, 9)]
    monitored.write(_csv(rows))
    monitored.run()
    assert monitored.violations() == [("sex", "categorical_values_check")]
    description = monitored.result("constraint_violations.json")["violations"][0]["description"]
    assert "X (2)" in description
    assert "Only 99.9% of values are known" in description


@pytest.mark.parametrize(
    ("value", "share"), [("9.5", "99.95%"), ("many", "99.95%"), ("inf", "99.95%")]
)
def test_another_type(monitored: Job, value: str, share: str) -> None:
    rows: list[Any] = [*_population(2000, 2)[:-1], ("F", 0.5, value)]
    monitored.write(_csv(rows))
    monitored.run()
    assert monitored.violations() == [("rings", "data_type_check")]
    [violation] = monitored.result("constraint_violations.json")["violations"]
    assert violation["description"] == (
        "Data type match requirement is not met. Expected data type: Integral, "
        f"Expected match: 100.0%. Observed: Only {share} of data is Integral."
    )


def test_whole_numbers_are_fractional_too(monitored: Job) -> None:
    rows: list[Any] = [
        ("I", f"{length:.0f}" if n else length, r)
        for n, (_, length, r) in enumerate(_population(2000, 2))
    ]
    monitored.write(_csv(rows))
    monitored.run()
    assert ("length", "data_type_check") not in monitored.violations()


def test_numbers_where_text_was(monitored: Job) -> None:
    rows: list[Any] = [(1, *row[1:]) for row in _population(2000, 2)]
    monitored.write(_csv(rows))
    monitored.run()
    assert monitored.violations() == [("sex", "data_type_check")]


def test_missing_values(monitored: Job) -> None:
    rows: list[Any] = [*_population(2000, 2)[:-3], *[("F", "", 9)] * 3]
    monitored.write(_csv(rows))
    monitored.run()
    assert monitored.violations() == [("length", "completeness_check")]
    [violation] = monitored.result("constraint_violations.json")["violations"]
    assert "3 of 2000 values missing" in violation["description"]


@pytest.mark.parametrize("samples", [25, pytest.param(100, marks=pytest.mark.slow)])
def test_unshifted_samples_raise_nothing_and_shifted_ones_always_do(
    monitored: Job, samples: int
) -> None:
    """Small samples too, for which the Robust method allows."""
    quiet = shifted = 0
    for seed in range(samples):
        rows = _population([60, 300, 2000][seed % 3], 1000 + seed)
        monitored.write(_csv(rows))
        monitored.run()
        quiet += monitored.violations() == []
        moved = [(sex, length + 0.15, rings) for sex, length, rings in rows]
        monitored.write(_csv(moved))
        monitored.run()
        shifted += ("length", "baseline_drift_check") in monitored.violations()
    assert quiet >= 0.98 * samples
    assert shifted >= 0.98 * samples


def _set(job: Job, **changes: Any) -> None:
    path = job.path("/opt/ml/processing/baseline/constraints.json")
    constraints = json.loads(path.read_text())
    distribution = changes.pop("distribution_constraints", {})
    constraints["monitoring_config"] |= changes
    constraints["monitoring_config"]["distribution_constraints"] |= distribution
    path.write_text(json.dumps(constraints))


def test_thresholds_of_the_baseline_decide(monitored: Job) -> None:
    rows: list[Any] = [
        ("X" if n < 20 else sex, length + 0.06, "?" if n < 20 else rings)
        for n, (sex, length, rings) in enumerate(_population(2000, 2))
    ]
    monitored.write(_csv(rows))
    monitored.run()
    assert monitored.violations() == [
        ("sex", "categorical_values_check"),
        ("length", "baseline_drift_check"),
        ("rings", "data_type_check"),
    ]
    _set(monitored, domain_content_threshold=0.99, datatype_check_threshold=0.99)
    monitored.run()
    assert monitored.violations() == [("length", "baseline_drift_check")]
    _set(monitored, distribution_constraints={"comparison_threshold": 0.3})
    monitored.run()
    assert monitored.violations() == []
    _set(monitored, distribution_constraints={"comparison_threshold": 0.0001})
    _set(monitored, distribution_constraints={"perform_comparison": "Disabled"})
    monitored.run()
    assert monitored.violations() == []


def test_checks_can_be_turned_off(monitored: Job) -> None:
    _set(monitored, evaluate_constraints="Disabled")
    monitored.write("other\n1\n")
    monitored.run()
    assert monitored.violations() == []


def test_the_simple_method_does_not_allow_for_small_samples(monitored: Job) -> None:
    monitored.write(_csv(_population(60, 3)))
    monitored.run()
    assert monitored.violations() == []
    _set(monitored, distribution_constraints={"comparison_method": "Simple"})
    monitored.run()
    assert "baseline_drift_check" in {kind for _, kind in monitored.violations()}


def test_the_chi_squared_method_is_a_test_of_significance(monitored: Job) -> None:
    _set(
        monitored,
        distribution_constraints={
            "categorical_drift_method": "ChiSquared",
            "categorical_comparison_threshold": 0.001,
        },
    )
    monitored.write(_csv(_population(2000, 2)))
    monitored.run()
    assert monitored.violations() == []
    rows = [
        ("F" if n % 10 == 0 else row[0], *row[1:]) for n, row in enumerate(_population(2000, 2))
    ]
    monitored.write(_csv(rows))  # type: ignore[arg-type]
    monitored.run()
    assert monitored.violations() == [("sex", "baseline_drift_check")]
    [violation] = monitored.result("constraint_violations.json")["violations"]
    assert violation["description"].startswith("Chi-squared test of categories: p-value ")


def test_a_feature_may_override_the_configuration(monitored: Job) -> None:
    path = monitored.path("/opt/ml/processing/baseline/constraints.json")
    constraints = json.loads(path.read_text())
    constraints["features"][1]["monitoringConfigOverrides"] = {
        "distribution_constraints": {"comparison_threshold": 0.5}
    }
    path.write_text(json.dumps(constraints))
    rows = [(sex, length + 0.06, rings + 5) for sex, length, rings in _population(2000, 2)]
    monitored.write(_csv(rows))
    monitored.run()
    assert monitored.violations() == [("rings", "baseline_drift_check")]


def test_a_baseline_of_buckets_without_a_sketch_is_enough(monitored: Job) -> None:
    path = monitored.path("/opt/ml/processing/baseline/statistics.json")
    statistics = json.loads(path.read_text())
    for feature in statistics["features"][1:]:
        del feature["numerical_statistics"]["distribution"]["kll"]["sketch"]
    path.write_text(json.dumps(statistics))
    rows = [(sex, length + 0.15, rings) for sex, length, rings in _population(2000, 2)]
    monitored.write(_csv(rows))
    monitored.run()
    assert ("length", "baseline_drift_check") in monitored.violations()


def test_without_statistics_no_distribution_is_compared(monitored: Job) -> None:
    del monitored.environment["baseline_statistics"]
    rows = [(sex, length + 0.15, rings) for sex, length, rings in _population(2000, 2)]
    monitored.write(_csv([*rows, ("X", 1.0, 1)]))
    monitored.run()
    assert monitored.violations() == [("sex", "categorical_values_check")]


def test_drift_is_a_metric(monitored: Job) -> None:
    rows = [(sex, length + 0.06, rings) for sex, length, rings in _population(2000, 2)]
    monitored.write(_csv(rows))
    monitored.run(publish_cloudwatch_metrics="Enabled")
    text = monitored.path("/opt/ml/output/metrics/cloudwatch/cloudwatch_metrics.jsonl").read_text()
    metrics = {metric["MetricName"]: metric for metric in map(json.loads, text.splitlines())}
    assert 0.1 < metrics["feature_baseline_drift_length"]["Value"] < 0.3
    assert metrics["feature_baseline_drift_rings"]["Value"] == 0.0
