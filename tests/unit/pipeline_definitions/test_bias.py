"""The analysis of bias that a table's problem asks for."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import load_environment
from pipeline_definitions.catalog import build_pipelines
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.tabular.bias import asks_for_bias
from pipeline_definitions.tabular.problem import Problem
from pipeline_schema.walking import all_steps
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

CLUTCH = PROJECT / "tests" / "e2e" / "problems" / "clutch" / "problem"
RIGHT: dict[str, Any] = json.loads((CLUTCH / "analysis_config.json").read_text())
(FACET,) = RIGHT["facet"]


def test_what_is_measured_of_the_data_is_registered_with_the_model(tmp_path: Path) -> None:
    shutil.copytree(CLUTCH.parent, tmp_path / "clutch")
    built = {each.name: each for each in build_pipelines(load_environment("dev"), tmp_path)}
    steps = {step["Name"]: step for step in all_steps(built["clutch"].definition)}
    check = steps["BiasBaseline"]
    assert (check["Type"], check["CheckType"]) == ("ClarifyCheck", "DATA_BIAS")
    config, dataset = (each["S3Input"]["S3Uri"] for each in check["Arguments"]["ProcessingInputs"])
    assert dataset == {
        "Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"
    }
    package = steps["RegisterModel"]["Arguments"]
    used = package["DriftCheckBaselines"]["Bias"]
    assert used["ConfigFile"]["S3Uri"] == config
    assert used["PreTrainingConstraints"]["S3Uri"] == {
        "Get": "Steps.BiasBaseline.BaselineUsedForDriftCheckConstraints"
    }
    assert package["ModelMetrics"]["Bias"].keys() == {"PreTrainingReport"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": "sex"}, "label: is the schema's target, 'clutch_completion'"),
        ({"label_values_or_threshold": ["Maybe"]}, "'Maybe' is none of the classes, Yes, No"),
        ({"label_values_or_threshold": []}, "names no favourable outcome"),
        ({"facet": []}, "facet: names no column"),
        ({"facet": [{**FACET, "name_or_index": "age"}]}, "'age' is none of the features"),
        ({"facet": [{**FACET, "name_or_index": ["sex"]}]}, "['sex'] is none of the features"),
        ({"facet": [{**FACET, "value_or_threshold": ["female"]}]}, "is none of the levels, MALE"),
        ({"facet": [{**FACET, "value_or_threshold": "FEMALE"}]}, "is no list of values"),
        ({"facet": ["sex"]}, "facet[0]: has name_or_index and value_or_threshold"),
        ({"group_variable": "year"}, "group_variable: 'year' is none of the features"),
        ({"methods": {"shap": {}}}, "methods: pre_training_bias is missing"),
        ({"methods": {"pre_training_bias": {}, "shap": {}}}, "methods.shap: only bias of the data"),
        ({"predictor": {}}, "predictor: is none of"),
        ({"dataset_type": "application/jsonlines"}, "dataset_type: the rows are text/csv"),
    ],
)
def test_an_analysis_that_does_not_fit_the_schema_is_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    (tmp_path / "analysis_config.json").write_text(json.dumps(RIGHT | change))
    with pytest.raises(PipelineModuleError) as error:
        asks_for_bias(tmp_path, Problem("clutch", CLUTCH).schema)
    assert words in str(error.value)


@pytest.mark.parametrize("content", ["", "[]", "\x00", '{"facet": '])
def test_a_file_that_is_no_analysis_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "analysis_config.json").write_text(content)
    with pytest.raises(PipelineModuleError, match=r"analysis_config\.json: is no (JSON|object)"):
        asks_for_bias(tmp_path, Problem("clutch", CLUTCH).schema)
