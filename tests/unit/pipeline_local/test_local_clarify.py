"""ClarifyCheck steps with real XGBoost models: analyses, baselines, violations."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xgboost

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.storage import split_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import clarify_check
from pipeline_local.steps.baseline_checks import NO_BASELINE
from pipeline_schema.definition import Step
from tests.archives import packed

if TYPE_CHECKING:
    from conftest import Bench

needs_namespaces = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
SCRIPT = """
import pathlib
def model_fn(model_dir):
    return float(pathlib.Path(model_dir, "weight.txt").read_text())
def input_fn(body, content_type):
    return [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
def predict_fn(rows, weight):
    return [weight * row[0] - row[1] for row in rows]
def output_fn(scores, accept):
    return "\\n".join(map(str, scores)), accept
"""
BIAS = {
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "sex", "value_or_threshold": [1]}],
}


def table(count: int = 80) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Paid back, size, sex, noise: who is large pays back, and sex 1 is smaller."""
    random = np.random.default_rng(5)
    sex = np.arange(count) % 2
    size = random.uniform(0, 1, count) - 0.2 * sex
    paid = (size > 0.4).astype(float)
    return np.column_stack([paid, size, sex, random.uniform(0, 1, count)]).round(4)


class Registry:
    """The calls of a SageMaker client that a check makes."""

    def __init__(self, container: dict[str, Any]) -> None:
        self.container = container
        self.baselines: dict[str, Any] = {}

    def describe_model(self, *, ModelName: str) -> dict[str, Any]:  # noqa: N803
        assert ModelName == "the-model"
        return {"PrimaryContainer": self.container, "EnableNetworkIsolation": True}

    def list_model_packages(self, **_: Any) -> dict[str, Any]:
        found = [{"ModelPackageArn": "arn:package/1"}] if self.baselines else []
        return {"ModelPackageSummaryList": found}

    def describe_model_package(self, **_: Any) -> dict[str, Any]:
        return {"DriftCheckBaselines": self.baselines}


def put_archive(bench: Bench, files: dict[str, bytes]) -> None:
    bench.s3.objects[split_uri("s3://models/m/model.tar.gz")] = packed(files)


def put_booster(bench: Bench) -> xgboost.Booster:
    rows = table()
    booster = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 2, "nthread": 1},
        xgboost.DMatrix(rows[:, 1:], label=rows[:, 0]),
        5,
    )
    put_archive(bench, {"xgboost-model": bytes(booster.save_raw("ubj"))})
    url = "s3://models/m/model.tar.gz"
    bench.sagemaker = Registry(
        {"Image": f"{REGISTRY}/sagemaker-xgboost:3.2-0", "ModelDataUrl": url}
    )
    return booster


def step(bench: Bench, kind: str, config: dict[str, Any], **settings: Any) -> Step:
    rows = io.StringIO()
    np.savetxt(rows, table(), delimiter=",", fmt="%.6g")
    bench.s3.put("s3://data/d/rows.csv", rows.getvalue())
    document = {
        "dataset_type": "text/csv",
        "headers": ["paid", "size", "sex", "noise"],
        "label": "paid",
        **config,
    }
    bench.s3.put("s3://data/config/analysis_config.json", json.dumps(document))
    root = "/opt/ml/processing"
    places = {
        "analysis_config": ("s3://data/config/analysis_config.json", f"{root}/input/config"),
        "dataset": ("s3://data/d", f"{root}/input/data"),
    }
    output = {"S3Uri": "s3://out/check", "LocalPath": f"{root}/output", "S3UploadMode": "EndOfJob"}
    request = {
        "AppSpecification": {"ImageUri": f"{REGISTRY}/sagemaker-clarify-processing:1.0"},
        "ProcessingInputs": [
            {
                "InputName": name,
                "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix"},
            }
            for name, (uri, path) in places.items()
        ],
        "ProcessingOutputConfig": {
            "Outputs": [{"OutputName": "analysis_result", "S3Output": output}]
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 1,
            }
        },
    }
    return Step("Check", "ClarifyCheck", request, settings={"CheckType": kind, **settings})


def analysis(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bench.s3.text("s3://out/check/analysis.json"))
    return found


FIRST = {"SkipCheck": True, "RegisterNewBaseline": True}


@needs_namespaces
def test_data_bias_starts_a_baseline_and_worse_data_violate_it(bench: Bench) -> None:
    methods = {"pre_training_bias": {"methods": "all"}, "report": {"name": "report"}}
    config = {**BIAS, "methods": methods}
    answer = clarify_check.run(bench.work(step(bench, "DATA_BIAS", config, **FIRST)))
    assert answer["CalculatedBaselineConstraints"] == "s3://out/check/analysis.json"
    assert answer["BaselineUsedForDriftCheckConstraints"] == "s3://out/check/analysis.json"
    found = analysis(bench)
    section = found["pre_training_bias_metrics"]
    assert (section["label"], section["label_value_or_threshold"]) == ("paid", "1")
    (facet,) = section["facets"]["sex"]
    metrics = {item["name"]: item["value"] for item in facet["metrics"]}
    rows = table()
    shares = [rows[rows[:, 2] == sex, 0].mean() for sex in (0, 1)]
    assert metrics["CI"] == 0
    assert metrics["DPL"] == pytest.approx(shares[0] - shares[1])
    assert list(metrics) == ["CDDL", "CI", "DPL", "JS", "KL", "KS", "LP", "TVD"]
    # The same data against a fairer baseline, which an approved package holds.
    for metric in facet["metrics"]:
        metric["value"] = 0.0 if metric["name"] == "DPL" else metric["value"]
    bench.s3.put("s3://base/analysis.json", json.dumps(found))
    bench.sagemaker = Registry({})
    bench.sagemaker.baselines = {
        "Bias": {"PreTrainingConstraints": {"S3Uri": "s3://base/analysis.json"}}
    }
    second = step(bench, "DATA_BIAS", config, ModelPackageGroupName="g")
    with pytest.raises(StepFailed, match=r"1 violations of the baseline: sex: DPL: Value 0\."):
        clarify_check.run(bench.work(second))
    lenient = step(bench, "DATA_BIAS", config, ModelPackageGroupName="g", FailOnViolation=False)
    answer = clarify_check.run(bench.work(lenient))
    assert answer["BaselineUsedForDriftCheckConstraints"] == "s3://base/analysis.json"
    report = json.loads(bench.s3.text("s3://out/check/constraint_violations.json"))
    (violation,) = report["violations"]
    assert violation["constraint_check_type"] == "bias_drift_check"
    assert (violation["facet"], violation["facet_value"]) == ("sex", "1")


@needs_namespaces
def test_model_bias_asks_the_model(bench: Bench) -> None:
    booster = put_booster(bench)
    config = {
        **BIAS,
        "methods": {"post_training_bias": {"methods": ["DPPL", "AD", "DCAcc"]}},
        "predictor": {"content_type": "text/csv", "instance_type": "ml.m5.large"},
        "probability_threshold": 0.6,
    }
    made = step(bench, "MODEL_BIAS", config, ModelName="the-model", **FIRST)
    assert not list(clarify_check.problems(made))
    clarify_check.run(bench.work(made))
    rows = table()
    predicted = booster.predict(xgboost.DMatrix(rows[:, 1:])) > 0.6
    shares = [predicted[rows[:, 2] == sex].mean() for sex in (0, 1)]
    right = [(predicted == rows[:, 0])[rows[:, 2] == sex].mean() for sex in (0, 1)]
    (facet,) = analysis(bench)["post_training_bias_metrics"]["facets"]["sex"]
    metrics = {item["name"]: item["value"] for item in facet["metrics"]}
    assert metrics["DPPL"] == pytest.approx(shares[0] - shares[1])
    assert metrics["AD"] == pytest.approx(right[0] - right[1])
    assert list(metrics) == ["AD", "DCA", "DPPL"]


@needs_namespaces
def test_boosters_are_explained_by_their_trees_and_drift_is_found(bench: Bench) -> None:
    booster = put_booster(bench)
    config = {"methods": {"shap": {"save_local_shap_values": True}}}
    base = {
        "explanations": {
            "kernel_shap": {
                "label0": {"global_shap_values": {"size": 0.01, "sex": 1.0, "noise": 2.0}}
            }
        }
    }
    bench.s3.put("s3://base/analysis.json", json.dumps(base))
    made = step(
        bench,
        "MODEL_EXPLAINABILITY",
        config,
        ModelName="the-model",
        SuppliedBaselineConstraints="s3://base/analysis.json",
    )
    with pytest.raises(StepFailed, match="1 violations of the baseline: label0: shap: Feature"):
        clarify_check.run(bench.work(made))
    contributions = booster.predict(xgboost.DMatrix(table()[:, 1:]), pred_contribs=True)
    expected = np.abs(contributions[:, :3]).mean(axis=0)
    found = analysis(bench)["explanations"]["kernel_shap"]["label0"]
    assert list(found["global_shap_values"]) == ["size", "sex", "noise"]
    assert np.allclose(list(found["global_shap_values"].values()), expected, atol=1e-4)
    assert found["expected_value"] == pytest.approx(float(contributions[0, 3]), abs=1e-5)
    local = bench.s3.text("s3://out/check/explanations_shap/out.csv").splitlines()
    assert local[0] == "size_label0,sex_label0,noise_label0"
    assert len(local) == 81
    log = bench.context.log_of("Check").read_text()
    assert "explained 80 records by TreeSHAP" in log


@needs_namespaces
def test_a_script_model_is_explained_against_the_baseline(bench: Bench) -> None:
    put_archive(bench, {"weight.txt": b"2", "code/inference.py": SCRIPT.encode()})
    bench.sagemaker = Registry(
        {
            "Image": f"{REGISTRY}/sagemaker-scikit-learn:1.4-2",
            "ModelDataUrl": "s3://models/m/model.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
        }
    )
    bench.s3.put("s3://data/baseline.csv", "0.5,0.5,0\n")
    config = {"methods": {"shap": {"baseline": "s3://data/baseline.csv", "agg_method": "mean_sq"}}}
    made = step(bench, "MODEL_EXPLAINABILITY", config, ModelName="the-model", **FIRST)
    clarify_check.run(bench.work(made))
    found = analysis(bench)["explanations"]["kernel_shap"]["label0"]
    rows = table()[:, 1:]
    assert found["expected_value"] == pytest.approx(0.5)
    # The model is linear: the Shapley values are weight x (value - baseline).
    expected = [((2 * (rows[:, 0] - 0.5)) ** 2).mean(), ((rows[:, 1] - 0.5) ** 2).mean(), 0]
    assert list(found["global_shap_values"].values()) == pytest.approx(expected, abs=1e-4)


@needs_namespaces
def test_what_does_not_fit_fails_the_step_with_the_field(bench: Bench) -> None:
    config = {"methods": {"pre_training_bias": {"methods": "all"}}, **BIAS}
    config["facet"] = [{"name_or_index": "age"}]
    work = bench.work(step(bench, "DATA_BIAS", config, **FIRST))
    with pytest.raises(StepFailed, match=r"facet\.name_or_index: unknown column 'age'"):
        clarify_check.run(work)
    assert not [uri for uri in bench.s3.uris() if uri.startswith("s3://out/")]


def test_without_a_previous_baseline_the_check_says_what_to_do(bench: Bench) -> None:
    bench.sagemaker = Registry({})
    made = step(bench, "MODEL_BIAS", {"methods": {}}, ModelPackageGroupName="g")
    with pytest.raises(StepFailed, match=r"no approved model package has Bias.PostTraining.*SkipC"):
        clarify_check.run(bench.work(made))


def test_problems_are_reported_before_anything_starts(bench: Bench) -> None:
    made = step(bench, "MODEL_FAIRNESS", {})
    made.arguments["ProcessingInputs"].pop()
    made.arguments["ProcessingOutputConfig"]["Outputs"] *= 2
    assert list(clarify_check.problems(made)) == [
        "CheckType: 'MODEL_FAIRNESS' is not one of DATA_BIAS, MODEL_BIAS, MODEL_EXPLAINABILITY",
        "ProcessingOutputConfig.Outputs: 2 outputs, where the check has one",
        f"ModelPackageGroupName: is missing; {NO_BASELINE}",
        "ProcessingInputs: there is no input 'dataset'",
    ]
    lines = [*clarify_check.problems(step(bench, "MODEL_EXPLAINABILITY", {}))]
    assert "ModelName: is missing; there is no model to explain" in lines
