"""`mlops new pipeline`, in a checkout whose environments have other names than those shipped."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from environments.loading import VARIABLE
from mlops.command_line import new
from mlops.command_line.main import app
from mlops_common.errors import MlopsError
from pipeline_definitions.model_project import ModelProject, ModelProjects
from tests.synthesis import PROJECT, SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from environments.settings import EnvironmentSettings


def test_other_projects_are_those_of_an_environment_that_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declared(settings: EnvironmentSettings) -> ModelProjects:
        assert settings.name == "staging"
        return ModelProjects(settings, (ModelProject("churn", "churn", training="churn"),))

    tabular = "processing_code/tabular"
    shutil.copytree(PROJECT / tabular, tmp_path / tabular)
    (tmp_path / "pipeline_definitions").mkdir()
    (tmp_path / "rows.csv").write_text("size,price\n" + "".join(f"{n},{n}.5\n" for n in range(60)))
    (tmp_path / "settings").mkdir()
    text = (SETTINGS / "prod.yaml").read_text()
    (tmp_path / "settings" / "staging.yaml").write_text(text)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "settings"))
    monkeypatch.setattr(new, "project_root", lambda: tmp_path)
    monkeypatch.setattr("mlops.declared.declared_projects", declared)
    words = ("new", "pipeline", "--data", str(tmp_path / "rows.csv"), "--no-run")
    refused = CliRunner().invoke(app, [*words, "churn"])
    assert isinstance(refused.exception, MlopsError), refused.output
    assert "is the data set or the models of churn" in str(refused.exception)
    made = CliRunner().invoke(app, [*words, "price"])
    assert made.exit_code == 0, made.output
    assert (tmp_path / "pipeline_definitions" / "price_batch.py").is_file()
