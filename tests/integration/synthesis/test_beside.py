"""Pipelines built beside a synthesis are those of the catalogue, kept for the same inputs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.store import NO_CACHE
from tests.synthesis import PROJECT, copy_sources, of_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.example
SOURCES = ("environments", "packages", "pipeline_definitions", "processing_code")
# Prints how the pipelines were come by, and says whether they are what the catalogue builds.
PROGRAM = """
import json, os, sys
from environments import load_environments
from pipeline_definitions import beside

def tell(way, changes):
    settings = [each.model_copy(update=changes) for each in load_environments("dev")]
    how = {"built": False}
    start = beside._start
    beside._start = lambda given: how.update(built=True) or (start(given) if "x" in way else 0)
    both = beside.BuiltBeside(settings)
    if "x" in way:
        pipelines = both.of(settings[0])
        how["names"] = [each.name for each in pipelines.all]
        if "=" in way:
            from pipeline_definitions.catalog import build_pipelines, build_project_pipelines
            how["equal"] = pipelines.own == build_pipelines(settings[0])
            how["equal"] &= pipelines.of_projects == build_project_pipelines(settings[0])
    print(json.dumps(how), flush=True)

"""
# A fork for each question: what was imported has not yet read the project.
SERVER = """
for line in sys.stdin:
    changes, variables = json.loads(line)
    if child := os.fork():
        if os.waitpid(child, 0)[1]:
            print("null", flush=True)
    else:
        os.environ.update(variables)
        tell("", changes)
        os._exit(0)
"""


def _start(project: Path, program: str, *words: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + program, *words],
        cwd=project,
        env={**os.environ, NO_CACHE: "", **of_sources(project), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(project: Path, how: str, **variables: str) -> Any:
    process = _start(project, "tell(sys.argv[1], {})", how, **variables)
    said, errors = process.communicate()
    assert process.returncode == 0, errors[-2000:]
    return json.loads(said)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose pipelines were built once."""
    project = tmp_path_factory.mktemp("project")
    copy_sources(SOURCES, project)
    (project / "build").mkdir()
    (project / "build" / "wheelhouse").symlink_to(PROJECT / "build" / "wheelhouse")
    found = _run(project, "x")
    assert found["built"]
    assert "training" in found["names"]
    return project


@pytest.fixture(scope="module")
def builds(built: Path) -> Iterator[Callable[..., bool]]:
    """Asks whether a synthesis of this project would build its pipelines."""
    with _start(built, SERVER) as process:
        assert process.stdin
        assert process.stdout
        questions, answers = process.stdin, process.stdout

        def ask(settings: dict[str, Any] | None = None, **variables: str) -> bool:
            questions.write(json.dumps([settings or {}, variables]) + "\n")
            questions.flush()
            return bool(json.loads(answers.readline())["built"])

        yield ask
        questions.close()


def test_nothing_is_built_for_the_same_inputs(built: Path) -> None:
    assert not _run(built, "x")["built"]


@pytest.mark.slow
def test_they_are_what_the_catalogue_builds(built: Path) -> None:
    assert _run(built, "x=")["equal"]


def test_other_code_than_theirs_builds_nothing(built: Path, builds: Callable[..., bool]) -> None:
    for place in ("packages/promises/plugin.py", "packages/mlops/__init__.py"):
        (built / place).write_text("# another")
    assert not builds()


CHANGES = {
    "a pipeline": ("pipeline_definitions/training.py", "# another"),
    "a new pipeline": ("pipeline_definitions/_helper.py", ""),
    "a new module of jobs": ("processing_code/abalone/new.py", ""),
    "the wheels of jobs": ("processing_code/wheelhouse.txt", "# another"),
    "what settings are": ("environments/names.py", "# another"),
    "the rules for definitions": ("pipeline_definitions/validation/perimeter.py", "# another"),
    "the schema": ("packages/pipeline_schema/walking.py", "# another"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_builds_anew(built: Path, builds: Callable[..., bool], kind: str) -> None:
    name, more = CHANGES[kind]
    file = built / name
    before = file.read_text() if file.exists() else None
    file.write_text((before or "") + more)
    changed = builds()
    file.unlink() if before is None else file.write_text(before)
    assert changed
    assert not builds()


@pytest.fixture
def training(built: Path) -> Iterator[Path]:
    """Module of a pipeline, to change and to build; afterwards all is as before."""
    module, kept = built / "pipeline_definitions" / "training.py", built / "build" / "cache"
    before = module.read_text()
    shutil.copytree(kept, aside := built / "build" / "aside")
    yield module
    module.write_text(before)
    shutil.rmtree(kept)
    aside.rename(kept)


@contextmanager
def _another(script: Path) -> Iterator[None]:
    before = script.read_text()
    script.write_text(before + "\n# another")
    yield
    script.write_text(before)


def test_a_script_of_a_job_moves_its_code_and_builds_nothing(built: Path) -> None:
    with _another(built / "processing_code" / "train.py"):
        found = _run(built, "x=")
    assert not found["built"]
    assert found["equal"]


def test_a_script_that_a_module_reads_builds_anew(
    built: Path, builds: Callable[..., bool], training: Path
) -> None:
    script = built / "processing_code" / "train.py"
    training.write_text(f"{training.read_text()}\nopen({str(script)!r}).close()\n")
    assert _run(built, "x")["built"]
    assert not builds()
    with _another(script):
        assert builds()


def test_two_folders_with_the_same_code_build_anew(
    built: Path, builds: Callable[..., bool], training: Path
) -> None:
    # Which of them an address in the definitions is of cannot be told.
    jobs, twin = built / "processing_code", built / "build" / "twin"
    shutil.copytree(jobs, twin)
    first = "    parameters = _Parameters(environment)\n"
    text = training.read_text()
    assert first in text
    ship = f"    environment.ship(__import__('pathlib').Path({str(twin)!r}))\n"
    training.write_text(text.replace(first, ship + first))
    assert _run(built, "x")["built"]
    assert not builds()
    with _another(jobs / "train.py"):
        assert builds()


def test_another_setting_builds_anew(builds: Callable[..., bool]) -> None:
    assert builds({"instance_types": ["ml.m5.large"]})


def test_a_setting_that_no_pipeline_reads_builds_nothing(builds: Callable[..., bool]) -> None:
    assert not builds({"tags": {"team": "another"}})


def test_another_version_of_a_package_builds_anew(built: Path, tmp_path: Path) -> None:
    (tmp_path / "sagemaker-9.dist-info").mkdir()
    paths = os.pathsep.join([of_sources(built)["PYTHONPATH"], str(tmp_path)])
    assert _run(built, "", PYTHONPATH=paths)["built"]


def test_missing_bundles_build_anew(built: Path, builds: Callable[..., bool]) -> None:
    bundles = built / "build" / "bundles"
    bundles.rename(beside := bundles.with_name("elsewhere"))
    missing = builds()
    beside.rename(bundles)
    assert missing


def test_without_cache_they_are_built_again(builds: Callable[..., bool]) -> None:
    assert builds(**{NO_CACHE: "1"})


def _broken(project: Path, text: str) -> str:
    # Of all modules it is built first: nothing is imported before that takes long.
    module = project / "pipeline_definitions" / "a.py"
    module.write_text(text)
    try:
        process = _start(project, "tell('x', {})")
        _, errors = process.communicate()
    finally:
        module.unlink()
    assert process.returncode != 0
    return errors


def test_a_mistake_in_a_module_is_reported(built: Path) -> None:
    said = _broken(built, "def get_a_pipeline(environment):\n    pass\n")
    assert "PipelineModuleError: pipeline_definitions/a.py: has no function" in said


def test_the_end_of_the_process_is_an_error(built: Path) -> None:
    said = _broken(built, "import os\nos._exit(7)\n")
    assert "dev were not built: the process that builds them ended with 7" in said
