"""Model quality: metrics as scikit-learn has them, constraints, violations, and bad input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn import metrics

from pipeline_local.monitor import AnalysisError

if TYPE_CHECKING:
    from tests.unit.pipeline_local.monitor.conftest import Job

QUALITY = {"analysis_type": "MODEL_QUALITY", "ground_truth_attribute": "truth"}
REGRESSION = {**QUALITY, "problem_type": "Regression", "inference_attribute": "said"}
BINARY = {**QUALITY, "problem_type": "BinaryClassification", "inference_attribute": "said"}
MULTICLASS = {**BINARY, "problem_type": "MulticlassClassification"}


def rows(*columns: Any, header: str = "truth,said") -> str:
    lines = [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    return "\n".join([header, *lines, ""])


def keep(job: Job) -> dict[str, str]:
    """Make of the results a baseline, and give the variables that name it."""
    folder = job.path("/opt/ml/processing/baseline")
    folder.mkdir(parents=True, exist_ok=True)
    content = job.path("/opt/ml/processing/output/constraints.json").read_text()
    (folder / "constraints.json").write_text(content)
    return {"baseline_constraints": "/opt/ml/processing/baseline/constraints.json"}


def values(job: Job, kind: str) -> dict[str, Any]:
    found = job.result("statistics.json")[f"{kind}_metrics"]
    return {name: facts["value"] for name, facts in found.items() if "value" in facts}


def test_a_regression_and_the_violations_of_a_worse_one(job: Job) -> None:
    generator = np.random.default_rng(1)
    truth = generator.normal(10, 3, 300)
    said = truth + generator.normal(0, 1, 300)
    job.write(rows(truth, said))
    assert job.run(**REGRESSION) == "Completed: Job completed successfully."
    found = values(job, "regression")
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth, said))
    assert found["mse"] == pytest.approx(metrics.mean_squared_error(truth, said))
    assert found["r2"] == pytest.approx(metrics.r2_score(truth, said))
    mse = job.result("statistics.json")["regression_metrics"]["mse"]
    assert 0 < mse["standard_deviation"] < mse["value"]
    constraints = job.result("constraints.json")["regression_constraints"]
    assert constraints["mse"] == {
        "threshold": mse["value"],
        "comparison_operator": "GreaterThanThreshold",
    }
    assert constraints["r2"]["comparison_operator"] == "LessThanThreshold"

    baseline = keep(job)
    assert "with no violations" in job.run(**REGRESSION, **baseline)
    job.write(rows(truth, said + 2))
    assert "with 4 violations" in job.run(**REGRESSION, **baseline)
    violations = job.result("constraint_violations.json")["violations"]
    assert [(each["metric_name"], each["constraint_check_type"]) for each in violations] == [
        *((name, "GreaterThanThreshold") for name in ("mae", "mse", "rmse")),
        ("r2", "LessThanThreshold"),
    ]
    assert violations[1]["description"].startswith("Metric mse with 5.0")
    assert "+/-" in violations[1]["description"]


def test_a_binary_problem_with_probabilities(job: Job) -> None:
    generator = np.random.default_rng(2)
    truth = generator.integers(0, 2, 250)
    scores = np.clip(truth * 0.4 + generator.random(250) * 0.6, 0, 1)
    job.write(rows(truth, scores, header="truth,p"))
    threshold = {"probability_attribute": "p", "probability_threshold_attribute": "0.45"}
    job.run(**{**BINARY, "inference_attribute": "", **threshold})
    said = scores >= 0.45
    found = values(job, "binary_classification")
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(truth, scores))
    assert found["recall"] == found["true_positive_rate"]
    assert found["precision"] == pytest.approx(metrics.precision_score(truth, said))
    assert found["f2"] == pytest.approx(metrics.fbeta_score(truth, said, beta=2))
    ((true_negatives, alarms), _) = metrics.confusion_matrix(truth, said)
    assert found["false_positive_rate"] == pytest.approx(alarms / (alarms + true_negatives))
    statistics = job.result("statistics.json")["binary_classification_metrics"]
    assert statistics["confusion_matrix"]["0"]["1"] == alarms
    curve = statistics["receiver_operating_characteristic_curve"]
    assert curve["false_positive_rates"][0] == 0
    constraints = job.result("constraints.json")["binary_classification_constraints"]
    assert "confusion_matrix" not in constraints
    assert constraints["false_negative_rate"]["comparison_operator"] == "GreaterThanThreshold"


def test_many_labels_are_weighted_by_frequency(job: Job) -> None:
    truth, said = ["a", "b", "b", "c", "c", "c"], ["a", "b", "c", "c", "c", "a"]
    job.write(rows(truth, said))
    job.run(**MULTICLASS)
    found = values(job, "multiclass_classification")
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["weighted_f1"] == pytest.approx(metrics.f1_score(truth, said, average="weighted"))
    matrix = job.result("statistics.json")["multiclass_classification_metrics"]
    assert matrix["confusion_matrix"]["c"] == {"a": 1, "b": 0, "c": 2}
    # Too few samples for a deviation, as AWS writes it.
    assert matrix["accuracy"]["standard_deviation"] == "NaN"


def test_labels_are_compared_as_values_and_columns_found_by_index(job: Job) -> None:
    job.write("1,1.0,x\n0,0,x\n,1,x\n1,0,x\n")
    by_index = {"ground_truth_attribute": "0", "inference_attribute": "1"}
    job.run(**{**BINARY, **by_index}, dataset_format='{"csv": {"header": false}}')
    assert values(job, "binary_classification")["accuracy"] == pytest.approx(2 / 3)
    assert job.result("statistics.json")["dataset"]["item_count"] == 3


def test_undefined_metrics_are_no_constraints(job: Job) -> None:
    job.write(rows([0, 0, 0], [0, 0, 1]))
    job.run(**BINARY)
    assert values(job, "binary_classification")["recall"] == "NaN"
    constraints = job.result("constraints.json")["binary_classification_constraints"]
    assert "recall" not in constraints
    assert constraints["accuracy"]["threshold"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({**REGRESSION, "problem_type": "Ranking"}, "problem_type: Ranking is not one of"),
        ({**REGRESSION, "inference_attribute": ""}, "inference_attribute is needed for Regr"),
        ({**BINARY, "inference_attribute": ""}, "inference_attribute or probability_attribute"),
        ({**BINARY, "probability_threshold_attribute": "x"}, "'x' is not a number"),
        ({**REGRESSION, "ground_truth_attribute": "age"}, "unknown column 'age'; choose one of"),
        (
            {**REGRESSION, "inference_attribute": "word"},
            "column word: contains a value that is not",
        ),
        (
            {**BINARY, "inference_attribute": "", "probability_attribute": "said"},
            "a probability decides between two labels, there are 1, 2, 3",
        ),
        ({**BINARY, "inference_attribute": "word"}, "but the labels are 1, 2, 3, x, y"),
    ],
)
def test_unusable_input_is_reported(job: Job, environment: dict[str, str], said: str) -> None:
    job.write(rows([1, 2, 3], [1, 2, 3], ["x", "y", "x"], header="truth,said,word"))
    with pytest.raises(AnalysisError) as raised:
        job.run(**environment)
    assert said in str(raised.value)


def test_a_baseline_of_something_else_is_refused(job: Job) -> None:
    job.write(rows([1, 0, 1], [1, 0, 0]))
    job.run(**BINARY)
    baseline = keep(job)
    with pytest.raises(AnalysisError, match="regression_constraints is missing"):
        job.run(**REGRESSION, **baseline)


@pytest.mark.parametrize(("label", "count"), [(0, 1), (1, 1), (0, 5), (1, 5)])
def test_a_truth_of_one_class_has_no_auc(job: Job, label: int, count: int) -> None:
    job.write(rows([label] * count, [0.1 * at for at in range(count)], header="truth,p"))
    by_probability = {"probability_attribute": "p", "probability_threshold_attribute": "0.5"}
    with pytest.raises(AnalysisError, match=f"auc is not defined.* all {count} rows is {label}"):
        job.run(**{**BINARY, "inference_attribute": "", **by_probability})


def test_one_row_of_another_problem_is_measured(job: Job) -> None:
    job.write(rows([3.0], [2.0]))
    job.run(**REGRESSION)
    assert values(job, "regression") == {"mae": 1.0, "mse": 1.0, "rmse": 1.0, "r2": "NaN"}
    job.write(rows(["a"], ["b"]))
    job.run(**MULTICLASS)
    assert values(job, "multiclass_classification")["accuracy"] == 0
