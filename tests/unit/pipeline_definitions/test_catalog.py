"""A pipeline dropped in is found; one that cannot be used is named with the reason."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from pipeline_definitions import catalog
from pipeline_definitions.catalog import build_pipeline, build_pipelines, pipeline_files
from pipeline_definitions.errors import PipelineModuleError

if TYPE_CHECKING:
    from pathlib import Path

    from environments.settings import EnvironmentSettings

MINIMAL = '''
    """Count the sea snails.

    More about it.
    """
    from pipeline_definitions import sdk

    def get_pipeline(environment):
        step = sdk.FailStep("Stop", error_message="there are none")
        return sdk.Pipeline(
            name=environment.names.pipeline("count"),
            steps=[step],
            pipeline_experiment_config=None,
            sagemaker_session=sdk.offline_session(
                environment.settings.region, environment.artifacts_bucket
            ),
        )
'''


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pipeline_definitions"
    folder.mkdir()
    return folder


@pytest.mark.example
def test_the_projects_own_pipelines_are_found() -> None:
    assert "training" in pipeline_files()


def test_machinery_is_exactly_what_is_there_beside_the_pipelines() -> None:
    here = {path.stem for path in catalog.FOLDER.iterdir() if path.suffix in (".py", "")}
    modules = (file.relative_to(catalog.FOLDER).parts[0] for file in pipeline_files().values())
    others = here - {module.removesuffix(".py") for module in modules}
    helpers = {stem for stem in others if stem.startswith("_")}
    assert others - helpers == catalog.MACHINERY - {"__init__"}


def test_a_file_dropped_in_is_a_pipeline(folder: Path, settings: EnvironmentSettings) -> None:
    _write(folder / "snail_count.py", MINIMAL)
    (built,) = build_pipelines(settings, folder)
    assert built.name == "snail-count"
    assert built.description == "Count the sea snails."
    assert built.definition["Steps"][0]["Name"] == "Stop"


def test_a_folder_dropped_in_is_a_pipeline_with_its_own_helpers(
    folder: Path, settings: EnvironmentSettings
) -> None:
    _write(folder / "snails" / "pipeline.py", MINIMAL)
    _write(folder / "snails" / "_words.py", "WORD = 1")
    assert [built.name for built in build_pipelines(settings, folder)] == ["snails"]


def test_a_pipeline_has_the_model_project_that_it_declares(
    folder: Path, settings: EnvironmentSettings
) -> None:
    declared = """
    from pipeline_definitions.model_project import ModelProject

    PROJECT = ModelProject("snails", "snails")
    """
    _write(folder / "snails.py", MINIMAL + declared)
    (built,) = build_pipelines(settings, folder)
    assert built.project is not None
    assert (built.project.training, built.project.data_set) == ("snails", "snails")


BROKEN = {
    "no function": ("x = 1", "has no function get_pipeline"),
    "a missing module": ("import no_such_module", "No module named 'no_such_module' (line 1)"),
    "an exit": (
        "import sys\nsys.exit('enough')",
        "cannot be imported: SystemExit: enough (line 2)",
    ),
    "a syntax error": ("def get_pipeline(:", "cannot be imported: SyntaxError"),
    "an error when called": (
        "def get_pipeline(environment):\n    return environment.nothing",
        "get_pipeline failed: AttributeError",
    ),
    "another kind of project": (
        textwrap.dedent(MINIMAL) + "\nPROJECT = 1",
        "PROJECT is of type int, not",
    ),
    "the wrong result": (
        "def get_pipeline(environment):\n    return 3",
        "get_pipeline returned int, not a SageMaker Pipeline",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_module_that_cannot_be_used_is_named_with_the_reason(
    kind: str, folder: Path, settings: EnvironmentSettings
) -> None:
    text, reason = BROKEN[kind]
    _write(folder / f"broken_{len(text)}.py", text)
    with pytest.raises(PipelineModuleError) as raised:
        build_pipelines(settings, folder)
    message = str(raised.value)
    assert f"pipeline_definitions/broken_{len(text)}.py" in message
    assert reason in message
    assert "\n" not in message


def test_a_folder_without_a_pipeline_is_named(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(PipelineModuleError, match=r"empty: has no pipeline\.py"):
        pipeline_files(folder)


def test_two_pipelines_of_one_name_are_refused(folder: Path) -> None:
    _write(folder / "snails.py", MINIMAL)
    _write(folder / "snails" / "pipeline.py", MINIMAL)
    with pytest.raises(PipelineModuleError, match="snails"):
        pipeline_files(folder)


@pytest.mark.example
def test_an_unknown_name_lists_the_known(settings: EnvironmentSettings) -> None:
    with pytest.raises(PipelineModuleError, match=r"there are: .*training"):
        build_pipeline("trianing", settings)


def test_what_is_no_pipeline_is_machinery() -> None:
    for name, file in pipeline_files().items():
        assert "def get_pipeline(" in file.read_text(encoding="utf-8"), name
