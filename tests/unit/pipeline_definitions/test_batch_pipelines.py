"""The pipelines of batch inference and model quality: their shape, and what they never do."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import load_environment
from pipeline_definitions.catalog import build_pipeline
from pipeline_definitions.validation.perimeter import perimeter_problems
from pipeline_schema.walking import all_steps
from tests.template.querying import QUERIES, settings_with

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_definitions.built import BuiltPipeline

pytestmark = pytest.mark.example


@pytest.fixture(scope="module")
def batch() -> BuiltPipeline:
    return build_pipeline("batch-inference", load_environment("dev"))


@pytest.fixture(scope="module")
def quality() -> BuiltPipeline:
    return build_pipeline("model-quality", load_environment("dev"))


def _steps(pipeline: BuiltPipeline) -> dict[str, dict[str, Any]]:
    return {step["Name"]: step for step in all_steps(pipeline.definition)}


def test_steps_come_in_the_documented_order(batch: BuiltPipeline, quality: BuiltPipeline) -> None:
    assert list(_steps(batch)) == [
        *("ChooseModel", "Preprocess", "IsNew", "CreateModel", "Score", "CheckDataQuality"),
        *("Postprocess", "PublishMetrics", "Announce", "PublishRepeated"),
    ]
    assert list(_steps(quality)) == [
        *("ChooseModel", "JoinTruth", "NoTruthYet", "PublishNothing"),
        *("CheckModelQuality", "MeasureQuality", "PublishMetrics"),
    ]


def test_what_a_new_model_has_no_truth_for_is_not_measured(quality: BuiltPipeline) -> None:
    branches = _steps(quality)["NoTruthYet"]["Arguments"]
    assert [step["Name"] for step in branches["IfSteps"]] == ["PublishNothing"]
    (condition,) = branches["Conditions"]
    assert (condition["LeftValue"]["Std:JsonGet"]["Path"], condition["RightValue"]) == ("pairs", 0)


def test_everything_about_the_model_is_of_the_version_that_was_chosen(
    batch: BuiltPipeline, quality: BuiltPipeline
) -> None:
    chosen = "Steps.ChooseModel.OutputParameters['{}']"
    steps = _steps(batch)
    container = steps["CreateModel"]["Arguments"]["PrimaryContainer"]
    assert container == {"ModelPackageName": {"Get": chosen.format("ModelPackageArn")}}
    inputs = {
        each["InputName"]: each["S3Input"]["S3Uri"]
        for each in steps["Preprocess"]["Arguments"]["ProcessingInputs"]
    }
    assert inputs["model"] == {"Get": chosen.format("ModelDataUrl")}
    for step, kind in (
        (steps["CheckDataQuality"], "Data"),
        (_steps(quality)["CheckModelQuality"], "Quality"),
    ):
        for part in ("Statistics", "Constraints"):
            uri = {"Get": chosen.format(f"{kind}{part}")}
            assert step[f"SuppliedBaseline{part}"] == uri
        assert step["SkipCheck"] is False
        assert step["RegisterNewBaseline"] is False
        assert step["FailOnViolation"] == {"Get": "Parameters.FailOnViolation"}


def test_an_answer_carries_its_records_number(batch: BuiltPipeline) -> None:
    request = _steps(batch)["Score"]["Arguments"]
    assert request["DataProcessing"] == {
        "InputFilter": "$[1:]",
        "JoinSource": "Input",
        "OutputFilter": "$[0,9,10,11]",
    }
    assert request["TransformInput"]["SplitType"] == "Line"
    assert request["TransformOutput"]["AssembleWith"] == "Line"


def test_what_changes_under_one_address_is_never_taken_from_the_cache(
    batch: BuiltPipeline, quality: BuiltPipeline
) -> None:
    for step in (
        *(_steps(batch)[name] for name in ("Preprocess", "Postprocess")),
        _steps(quality)["JoinTruth"],
    ):
        assert "CacheConfig" not in step


def test_violations_do_not_stop_a_batch_unless_somebody_says_so(batch: BuiltPipeline) -> None:
    parameters = {each["Name"]: each for each in batch.definition["Parameters"]}
    assert parameters["FailOnViolation"]["DefaultValue"] is False
    assert parameters["ModelPackage"]["DefaultValue"] == "newest-approved"


def test_only_the_platforms_functions_are_called(
    batch: BuiltPipeline, quality: BuiltPipeline
) -> None:
    called = {
        step["FunctionArn"].rpartition(":")[2]
        for pipeline in (batch, quality)
        for step in _steps(pipeline).values()
        if step["Type"] == "Lambda"
    }
    names = ("batch-announcer", "metrics-publisher", "model-chooser")
    assert called == {f"secure-mlops-dev-{name}" for name in names}


def test_folders_that_jobs_read_are_there_before_the_first_run(
    batch: BuiltPipeline, quality: BuiltPipeline
) -> None:
    assert batch.kept_prefixes == ("predictions/batch-inference/batches",)
    assert quality.kept_prefixes == ("predictions/batch-inference/scored",)


def test_two_builds_are_the_same_bytes(batch: BuiltPipeline) -> None:
    again = build_pipeline("batch-inference", load_environment("dev"))
    assert json.dumps(again.definition) == json.dumps(batch.definition)


def test_a_query_takes_the_place_of_the_prefix_and_of_nothing_else(
    batch: BuiltPipeline, tmp_path: Path
) -> None:
    for service, member in (
        ("athena", "AthenaDatasetDefinition"),
        ("redshift", "RedshiftDatasetDefinition"),
    ):
        folder = tmp_path / service
        folder.mkdir()
        settings = settings_with(QUERIES[service], folder)
        queried = build_pipeline("batch-inference", settings)
        assert queried.placeholders - batch.placeholders == {
            "QueryRoleArn",
            *({"UnloadRoleArn"} if service == "redshift" else ()),
        }
        steps, before = _steps(queried), _steps(batch)
        assert {name for name in steps if steps[name] != before[name]} == {"Preprocess"}
        request = steps["Preprocess"]["Arguments"]
        data = next(i for i in request["ProcessingInputs"] if i["InputName"] == "data")
        query = data["DatasetDefinition"][member]
        assert query["QueryString"] == {"Get": "Parameters.Query"}
        assert query["KmsKeyId"] == "${ArtifactsKeyArn}"
        assert query["OutputS3Uri"]["Std:Join"]["Values"][1] == {
            "Get": "Execution.PipelineExecutionId"
        }
        assert data["DatasetDefinition"]["DataDistributionType"] == "FullyReplicated"
        assert request["RoleArn"] == "${QueryRoleArn}"
        names = {each["Name"]: each for each in queried.definition["Parameters"]}
        assert "InputDataUrl" not in names
        assert names["Query"]["DefaultValue"] == QUERIES[service]["statement"]


def test_results_of_queries_are_under_a_key_of_the_environment(tmp_path: Path) -> None:
    settings = settings_with(QUERIES["athena"], tmp_path)
    definition = copy.deepcopy(build_pipeline("batch-inference", settings).definition)
    (data,) = (
        each["DatasetDefinition"]
        for step in definition["Steps"]
        for each in step["Arguments"].get("ProcessingInputs", ())
        if "DatasetDefinition" in each
    )
    del data["AthenaDatasetDefinition"]["KmsKeyId"]
    (problem,) = perimeter_problems(definition, settings)
    assert "step Preprocess: AthenaDatasetDefinition.KmsKeyId: must be a key" in problem
