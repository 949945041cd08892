"""Searches for hyperparameters: the step that a problem of a table has, and what is refused."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import load_environment
from pipeline_definitions.catalog import build_pipelines
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.hyperparameter_search import Search
from pipeline_schema.walking import all_steps
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

CLUTCH = PROJECT / "tests" / "e2e" / "problems" / "clutch"


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("problems")
    shutil.copytree(CLUTCH, folder / "clutch")
    (built,) = build_pipelines(load_environment("dev"), folder)
    return {step["Name"]: step for step in all_steps(built.definition)}


def test_a_problem_s_search_varies_its_ranges_and_keeps_its_settings(steps: dict[str, Any]) -> None:
    train = steps["Train"]
    assert train["Type"] == "Tuning"
    config = train["Arguments"]["HyperParameterTuningJobConfig"]
    assert config["ParameterRanges"] == {
        "IntegerParameterRanges": [
            {"Name": "max_depth", "MinValue": "1", "MaxValue": "3", "ScalingType": "Auto"}
        ],
        "ContinuousParameterRanges": [
            {"Name": "learning_rate", "MinValue": "0.05", "MaxValue": "0.2", "ScalingType": "Auto"}
        ],
    }
    assert config["RandomSeed"] == {"Get": "Parameters.Seed"}
    job = train["Arguments"]["TrainingJobDefinition"]
    assert job["StaticHyperParameters"]["n_estimators"] == "20"
    assert "HyperParameters" not in job


def test_what_follows_takes_the_best_model_which_no_execution_s_prefix_has(
    steps: dict[str, Any],
) -> None:
    job = steps["Train"]["Arguments"]["TrainingJobDefinition"]
    where = job["OutputDataConfig"]["S3OutputPath"]
    assert where == "s3://${ModelsBucketName}/models/searches/Train", "reused by later executions"
    best = {"Get": "Steps.Train.BestTrainingJob.TrainingJobName"}
    model = {"Std:Join": {"On": "/", "Values": [where, best, "output/model.tar.gz"]}}
    registered = steps["RegisterModel"]["Arguments"]["InferenceSpecification"]["Containers"]
    assert [each["ModelDataUrl"] for each in registered] == [model]
    evaluated = steps["Evaluate"]["Arguments"]["ProcessingInputs"]
    assert model in [each["S3Input"]["S3Uri"] for each in evaluated]


def test_lists_and_mixed_ends_are_taken() -> None:
    found = Search({"kind": ["a", 2], "rate": (0, 0.5)}).requested()
    assert found["CategoricalParameterRanges"] == [{"Name": "kind", "Values": ["a", "2"]}]
    (rate,) = found["ContinuousParameterRanges"]
    assert (rate["MinValue"], rate["MaxValue"]) == ("0", "0.5")


@pytest.mark.parametrize(
    ("search", "words"),
    [
        (Search({}), "ranges is empty"),
        (Search({"depth": (3, 3)}), r"depth: \(3, 3\) is neither"),
        (Search({"depth": (3, 1)}), r"depth: \(3, 1\) is neither"),
        (Search({"depth": (True, False)}), "depth: .* is neither"),
        (Search({"depth": ("1", "3")}), "depth: .* is neither"),  # type: ignore[dict-item]
        (Search({"depth": (1, 2, 3)}), "depth: .* is neither"),  # type: ignore[dict-item]
        (Search({"depth": []}), r"depth: \[\] is neither"),
        (Search({"depth": 3}), "depth: 3 is neither"),  # type: ignore[dict-item]
        (Search({"depth": (1, 3)}, trials=0), "2 at once of 0 trials"),
        (Search({"depth": (1, 3)}, trials=2, at_once=3), "3 at once of 2 trials"),
        (Search({"depth": (1, 3)}, strategy="Hyperband"), "'Hyperband' is none of Bayesian"),
        (Search({"depth": (1, 3)}, strategy="Grid"), "Grid takes lists of values only"),
    ],
)
def test_a_search_that_the_service_refuses_is_one_line(search: Search, words: str) -> None:
    with pytest.raises(PipelineModuleError, match=rf"^search: .*{words}.*$"):
        search.requested()


def test_a_setting_has_a_value_or_a_range(tmp_path: Path) -> None:
    shutil.copytree(CLUTCH, tmp_path / "clutch")
    module = tmp_path / "clutch" / "pipeline.py"
    module.write_text(module.read_text().replace('"n_estimators": 20', '"max_depth": 2'))
    with pytest.raises(PipelineModuleError, match="search: max_depth has a value, too"):
        build_pipelines(load_environment("dev"), tmp_path)
