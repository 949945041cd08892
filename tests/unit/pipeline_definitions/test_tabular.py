"""The pipelines of table problems, as people write them, and what is refused about them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from environments.loading import load_environment
from pipeline_definitions.catalog import build_pipelines
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.model_projects import model_projects
from pipeline_definitions.validation.perimeter import perimeter_problems
from pipeline_schema.walking import all_steps
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline_definitions.built import BuiltPipeline

PROBLEMS = PROJECT / "tests" / "e2e" / "problems"
MOST_LINES = 40


@pytest.fixture(scope="module")
def pipelines() -> Sequence[BuiltPipeline]:
    """Build the pipelines of all problems, once."""
    return build_pipelines(load_environment("dev"), PROBLEMS)


@pytest.mark.parametrize("problem", ["body_mass", "clutch", "species"])
def test_a_problem_s_pipelines_have_forty_lines_at_most(problem: str) -> None:
    files = PROBLEMS / problem / "pipeline.py", *PROBLEMS.glob(f"{problem}_*.py")
    assert len(files) == 3
    assert sum(len(file.read_text().splitlines()) for file in files) <= MOST_LINES


def test_they_are_built_and_stay_inside_the_perimeter(
    pipelines: Sequence[BuiltPipeline],
) -> None:
    settings = load_environment("dev")
    built = {each.name: each for each in pipelines}
    assert len(built) == 9
    for pipeline in built.values():
        assert perimeter_problems(pipeline.definition, settings) == []
    assert built["species"].model_package_groups == ("secure-mlops-dev-species",)
    assert built["species-batch"].kept_prefixes == ("predictions/species-batch/batches",)
    (check,) = [
        step
        for step in all_steps(built["clutch-quality"].definition)
        if step["Type"] == "QualityCheck"
    ]
    assert check["Arguments"]["Environment"]["problem_type"] == "BinaryClassification"
    (score,) = [
        step for step in all_steps(built["clutch-batch"].definition) if step["Type"] == "Transform"
    ]
    # Eight features are asked after the row's number; two answers come behind them.
    assert score["Arguments"]["DataProcessing"]["OutputFilter"] == "$[0,9,10]"


def test_a_wrong_schema_is_one_line_with_its_place(tmp_path: Path) -> None:
    shutil.copytree(PROBLEMS / "species", tmp_path / "birds")
    schema = tmp_path / "birds" / "problem" / "schema.yaml"
    schema.write_text(schema.read_text().replace("multiclass", "many"))
    with pytest.raises(PipelineModuleError, match=r"schema\.yaml: problem: is one of regression"):
        build_pipelines(load_environment("dev"), tmp_path)


def test_what_follows_in_operation_comes_from_their_projects(
    pipelines: Sequence[BuiltPipeline],
) -> None:
    found = model_projects(load_environment("dev"), pipelines)
    assert found.data_sets() == ["body-mass", "clutch", "species"]
    assert {"species", "species-batch", "species-quality"} <= found.schedules().keys()
    assert [*found.limits("clutch-quality")] == ["failed", "step-slow", "late", "quality"]
