"""The template of projects, read for one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud_assembly.products import ProjectAssembly, products_in
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def dev(all_environments: Path) -> Path:
    return all_environments / "assembly-dev"


@pytest.mark.example
def test_a_project_has_pipelines_of_its_own_with_the_environments_values(dev: Path) -> None:
    assembly = ProjectAssembly(dev, "p-churn")
    assert list(assembly.pipelines) == ["training"]
    pipeline = assembly.pipeline("training")
    assert pipeline.pipeline_name == "secure-mlops-dev-p-churn-training"
    assert pipeline.role_arn.endswith(":role/secure-mlops-dev-project-orchestration")
    text = pipeline.text()
    assert "/secure-mlops/dev/" not in text  # parameters of SSM have values
    assert "projects/p-churn/code/" in text
    assert '"ModelPackageGroupName":"secure-mlops-dev-p-churn-abalone-age"' in text
    assert "${" not in text


@pytest.mark.example
def test_what_its_jobs_read_is_delivered_where_they_look(dev: Path) -> None:
    assembly = ProjectAssembly(dev, "p-churn")
    text = assembly.pipeline("training").text()
    moved = [each.prefix for each in assembly.own_deliveries]
    read = [each for each in moved if each in text]
    assert {each.split("/")[0] for each in read} == {"projects", "champion"}
    assert sum(each.startswith("projects/p-churn/") for each in read) == 2
    assert "champion/secure-mlops-dev-p-churn-abalone-age" in read


@pytest.mark.parametrize("name", ["churn", "p-Churn", "p-", f"p-{'x' * 40}"])
def test_a_name_that_the_template_refuses_is_one_line(dev: Path, name: str) -> None:
    with pytest.raises(MlopsError, match="begins with p-"):
        ProjectAssembly(dev, name)


def test_an_environment_without_a_template_says_so(all_environments: Path) -> None:
    assert products_in(all_environments / "assembly-prod") == ()
    with pytest.raises(MlopsError, match="has no template of projects"):
        ProjectAssembly(all_environments / "assembly-prod", "p-churn")
