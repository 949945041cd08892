"""QualityCheck steps: the life of a baseline, and both kinds of check."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import quality_check
from pipeline_schema.definition import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Bench

pytestmark = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
ANALYZER = "048819808253.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-model-monitor-analyzer"
# Stands for the analyzer: with a baseline it reports whether that is the words "old".
ANALYZE = """
import json, os, pathlib
out = pathlib.Path("/opt/ml/processing/results")
(out / "statistics.json").write_text("new")
(out / "constraints.json").write_text("new")
if "baseline_constraints" in os.environ:
    old = [pathlib.Path(os.environ[f"baseline_{n}"]).read_text()
           for n in ("statistics", "constraints")]
    found = [{"feature_name": "length", "constraint_check_type": "data_type_check",
              "description": "text"}] if old == ["old", "old"] else []
    (out / "constraint_violations.json").write_text(json.dumps({"violations": found}))
"""


class Registry:
    """A registry with one approved package, or none."""

    def __init__(self, baseline: dict[str, Any] | None, kind: str = "ModelDataQuality") -> None:
        self.baseline, self.kind = baseline, kind

    def list_model_packages(self, **asked: Any) -> dict[str, Any]:
        assert asked["ModelApprovalStatus"] == "Approved"
        found = [{"ModelPackageArn": "arn"}] if self.baseline else []
        return {"ModelPackageSummaryList": found}

    def describe_model_package(self, **_asked: Any) -> dict[str, Any]:
        files = {k: {"S3Uri": uri} for k, uri in (self.baseline or {}).items()}
        return {"DriftCheckBaselines": {self.kind: files}}


OLD = {"Statistics": "s3://old/statistics.json", "Constraints": "s3://old/constraints.json"}
NEW = ("s3://out/results/statistics.json", "s3://out/results/constraints.json")


@pytest.fixture
def check(bench: Bench, processing_step: Callable[..., Step]) -> Callable[..., Any]:
    def run(registered: dict[str, Any] | None, **settings: Any) -> Any:
        for uri in OLD.values():
            bench.s3.put(uri, "old")
        bench.sagemaker = Registry(registered)
        step = processing_step(ANALYZE, outputs=["results"])
        defaults = {"CheckType": "DATA_QUALITY", "ModelPackageGroupName": "g"}
        return quality_check.run(bench.work(replace(step, settings={**defaults, **settings})))

    return run


def baselines(answer: dict[str, Any], kind: str) -> tuple[str, str]:
    return answer[f"{kind}Statistics"], answer[f"{kind}Constraints"]


def test_the_first_baseline_is_registered_unchecked(check: Callable[..., Any]) -> None:
    answer = check(None, SkipCheck=True, RegisterNewBaseline=True)
    assert baselines(answer, "CalculatedBaseline") == NEW
    assert baselines(answer, "BaselineUsedForDriftCheck") == NEW


def test_violations_of_the_registered_baseline_fail_the_step(check: Callable[..., Any]) -> None:
    with pytest.raises(StepFailed, match=r"1 violations .* length: data_type_check \(text\)"):
        check(OLD)


def test_violations_may_be_let_pass(check: Callable[..., Any]) -> None:
    answer = check(OLD, FailOnViolation=False)
    assert answer["Violations"][0]["feature_name"] == "length"
    assert baselines(answer, "BaselineUsedForDriftCheck") == tuple(OLD.values())
    assert baselines(answer, "CalculatedBaseline") == NEW


def test_a_supplied_baseline_comes_before_the_registered(
    check: Callable[..., Any], bench: Bench
) -> None:
    bench.s3.put("s3://mine/s.json", "mine")
    answer = check(
        OLD,
        SuppliedBaselineStatistics="s3://mine/s.json",
        SuppliedBaselineConstraints="s3://mine/s.json",
        RegisterNewBaseline=True,
    )
    assert answer["Violations"] == []
    assert baselines(answer, "BaselineUsedForDriftCheck") == NEW


def test_a_skipped_check_keeps_the_registered_baseline(check: Callable[..., Any]) -> None:
    answer = check(OLD, SkipCheck=True)
    assert baselines(answer, "BaselineUsedForDriftCheck") == tuple(OLD.values())


def test_a_check_without_any_baseline_fails(check: Callable[..., Any]) -> None:
    with pytest.raises(StepFailed, match="there is no previous baseline"):
        check(None)


def test_model_quality_against_the_registered_baseline(bench: Bench) -> None:
    """The analyzer itself, with the variables that the SDK's QualityCheckStep sets."""
    local = "/opt/ml/processing"
    names = {"S3Uri": "s3://data/scored/", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    request = {
        "AppSpecification": {"ImageUri": ANALYZER},
        "Environment": {
            "analysis_type": "MODEL_QUALITY",
            "problem_type": "Regression",
            "ground_truth_attribute": "truth",
            "inference_attribute": "said",
            "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
            "dataset_source": f"{local}/input/baseline_dataset_input",
            "output_path": f"{local}/output",
            "publish_cloudwatch_metrics": "Disabled",
        },
        "ProcessingInputs": [
            {
                "InputName": "baseline_dataset_input",
                "S3Input": {**names, "LocalPath": f"{local}/input/baseline_dataset_input"},
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "quality_check_output",
                    "S3Output": {
                        "S3Uri": "s3://out/quality",
                        "LocalPath": f"{local}/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        "ProcessingResources": {
            "ClusterConfig": {
                # The analyzer works on one instance, however many are asked for.
                "InstanceCount": 2,
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 1,
            }
        },
    }
    settings = {"CheckType": "MODEL_QUALITY", "ModelPackageGroupName": "g"}
    bench.s3.put("s3://data/scored/a.csv", "truth,said\n1,1.5\n2,2\n3,2.5\n")
    first = {**settings, "SkipCheck": True, "RegisterNewBaseline": True}
    answer = quality_check.run(bench.work(Step("Check", "QualityCheck", request, settings=first)))
    statistics = json.loads(bench.s3.text(answer["CalculatedBaselineStatistics"]))
    assert statistics["regression_metrics"]["mae"]["value"] == pytest.approx(1 / 3)

    kept = {"Statistics": "s3://old/s.json", "Constraints": "s3://old/c.json"}
    for part, uri in kept.items():
        bench.s3.put(uri, bench.s3.text(answer[f"CalculatedBaseline{part}"]))
    bench.sagemaker = Registry(kept, "ModelQuality")
    again = Step("Check", "QualityCheck", request, settings=settings)
    assert quality_check.run(bench.work(again))["Violations"] == []
    bench.s3.put("s3://data/scored/a.csv", "truth,said\n1,1.5\n2,2\n3,9\n")
    with pytest.raises(StepFailed, match=r"4 violations .* mae: GreaterThanThreshold \(Metric"):
        quality_check.run(bench.work(again))
