"""The files that `mlops new pipeline` writes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import yaml

from environments.loading import load_environment
from mlops.scaffold.pipelines import write_pipelines
from mlops_common.errors import MlopsError
from pipeline_definitions.model_project import ModelProject, ModelProjects
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    source = PROJECT / "processing_code" / "tabular"
    shutil.copytree(source, tmp_path / "processing_code" / "tabular")
    (tmp_path / "pipeline_definitions").mkdir()
    rows = 'size,"left, right",price\n1,a,2\n1,b,4\n5,a,6\n7,b,5\n9,a,1\n'
    (tmp_path / "rows.csv").write_text(rows)
    return tmp_path


def written(root: Path) -> set[str]:
    folder = root / "pipeline_definitions"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_all_files_are_written_and_say_what_they_are_of(root: Path) -> None:
    found = write_pipelines(root, "house-price", root / "rows.csv")
    assert written(root) == {
        "house_price/pipeline.py",
        "house_price/problem/schema.yaml",
        "house_price_batch.py",
        "house_price_quality.py",
    }
    text = found.files[0].read_text()
    assert text.startswith("# Proposed from rows.csv, 5 rows")
    assert yaml.safe_load(text) == found.schema
    assert [*found.schema["columns"]] == ["size", "left_right", "price"]
    assert 'Problem(\n    "house-price",\n' in found.files[1].read_text()
    lines = [line for file in found.files[1:] for line in file.read_text().splitlines()]
    assert len(lines) <= 40


@pytest.mark.parametrize("name", ["Price", "a_b", "", "../up", "a-", "x" * 33, "quarantine"])
def test_names_that_no_resource_can_have_are_refused(root: Path, name: str) -> None:
    with pytest.raises(MlopsError, match="is no name of a pipeline"):
        write_pipelines(root, name, root / "rows.csv")
    assert not written(root)


def test_nothing_is_overwritten_and_nothing_half_written(root: Path) -> None:
    taken = root / "pipeline_definitions" / "price_quality.py"
    taken.write_text("mine")
    with pytest.raises(MlopsError, match=r"price_quality\.py exists: choose another name"):
        write_pipelines(root, "price", root / "rows.csv")
    with pytest.raises(MlopsError, match="is no file; give one with rows as CSV"):
        write_pipelines(root, "cost", root / "none.csv")
    assert written(root) == {"price_quality.py"}
    assert taken.read_text() == "mine"


def test_a_schema_can_be_read_whatever_its_columns_are_called(root: Path) -> None:
    rows = f"yes,{'a' * 140},price\n" + "".join(f"{at},{at % 7},{at}\n" for at in range(9))
    (root / "rows.csv").write_text(rows)
    found = write_pipelines(root, "house-price", root / "rows.csv")
    assert yaml.safe_load(found.files[0].read_text()) == found.schema


@pytest.mark.parametrize(
    ("rows", "estimator"), [(1_999, "linear"), (2_000, "hist_gradient_boosting")]
)
def test_the_estimator_is_one_for_so_many_rows(root: Path, rows: int, estimator: str) -> None:
    (root / "rows.csv").write_text("size,price\n" + "".join(f"{at},{at}\n" for at in range(rows)))
    found = write_pipelines(root, "house-price", root / "rows.csv")
    assert f'    estimator="{estimator}",\n' in found.files[1].read_text()
    assert found.notes[-1] == f"the estimator is {estimator}, for {rows} rows"


@pytest.mark.parametrize("name", ["shells", "shell-models"])
def test_data_and_models_of_another_project_are_left_to_it(root: Path, name: str) -> None:
    there = ModelProjects(
        load_environment("dev"), (ModelProject("shells", "shell-models", training="age"),)
    )
    with pytest.raises(MlopsError, match=f"'{name}': is the data set or the models of age"):
        write_pipelines(root, name, root / "rows.csv", others=there)
    assert written(root) == set()
    write_pipelines(root, "shell-prices", root / "rows.csv", others=there)


def test_a_name_that_no_module_can_have_is_refused(root: Path) -> None:
    with pytest.raises(MlopsError, match="'class': is a word of Python"):
        write_pipelines(root, "class", root / "rows.csv")
    assert written(root) == set()
