"""Benchmarks change a copy of the project; the checkout stays as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.project_copy import CHANGES, project_copy
from benchmarks.toy import write_toy
from mlops_common.errors import MlopsError
from tests.synthesis import PROJECT, copy_sources

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.example


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a checkout of what the changes are in, with the tests' settings and a build."""
    folder = tmp_path_factory.mktemp("source")
    for name in (".venv", "node_modules", "build/wheelhouse", "build/runs", ".git"):
        (folder / name).mkdir(parents=True)
    (folder / "processing_code").mkdir()
    files = [name for name, *_ in CHANGES.values() if not name.startswith("environments")]
    for name in files:
        (folder / name).parent.mkdir(exist_ok=True)
    copy_sources(files, folder)
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.parametrize("kind", CHANGES)
def test_each_change_is_another_one_and_leaves_the_checkout_alone(source: Path, kind: str) -> None:
    before = _files(source)
    file = CHANGES[kind][0]
    with project_copy(source) as copy:
        texts = [(copy.root / file).read_text()]
        for _ in range(2):
            copy.change(kind)
            texts.append((copy.root / file).read_text())
        changed = {name for name, text in before.items() if (copy.root / name).read_bytes() != text}
        place = copy.root
    assert len({*texts}) == 3
    assert abs(len(texts[2]) - len(texts[1])) < 3, "changes do not pile up"
    assert changed == {file}
    assert _files(source) == before
    assert not place.exists()


def test_a_cleared_copy_has_nothing_that_was_built_but_the_wheels(source: Path) -> None:
    with project_copy(source) as copy:
        assert not (copy.root / ".git").exists()
        for name in ("build/cloud-assembly/dev", "cdk.out"):
            (copy.root / name).mkdir(parents=True)
            (copy.root / name / "file").touch()
        (copy.root / "build" / "lock").touch()
        copy.clear()
        assert [path.name for path in (copy.root / "build").iterdir()] == ["wheelhouse"]
        assert not [*(copy.root / "cdk.out").iterdir()]
    assert (source / "build" / "wheelhouse").is_dir()
    assert (source / "build" / "runs").is_dir()


def test_a_change_whose_place_is_gone_says_so(source: Path) -> None:
    with project_copy(source) as copy:
        (copy.root / CHANGES["pipeline"][0]).write_text("")
        with pytest.raises(MlopsError, match="name another place in CHANGES"):
            copy.change("pipeline")


def test_a_command_that_fails_is_an_error_with_its_last_lines(source: Path) -> None:
    with project_copy(source) as copy, pytest.raises(MlopsError, match="ended with 3") as error:
        copy.run("sh", "-c", "echo words; exit 3")
    assert "words" in str(error.value)


def test_the_toy_has_as_many_resources_and_the_projects_settings(tmp_path: Path) -> None:
    write_toy(tmp_path / "toy", [2, 3], PROJECT)
    program = (tmp_path / "toy" / "app.py").read_text()
    compile(program, "app.py", "exec")
    assert "enumerate([2, 3])" in program
    settings = json.loads((tmp_path / "toy" / "cdk.json").read_text())
    ours = json.loads((PROJECT / "cdk.json").read_text())
    assert settings == {**ours, "app": "python3 app.py"}
