"""A copy of the tree, as a fresh clone would be, with the set-up of this one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]
COPIED = (
    *("app.py", "cdk.json", "constructs", "environments", "functions"),
    *("pipeline_definitions", "processing_code", "stacks", "package-lock.json"),
    *("requirements.txt", "pyproject.toml", "tools"),
)
LINKED = (".venv", "node_modules")


@dataclass(frozen=True)
class Tree:
    """A project folder, and its commands run as a person would."""

    root: Path

    def run(self, *words: str, data: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = dict(os.environ)
        environment.pop("ABALONE_CSV", None)
        if data is not None:
            environment["ABALONE_CSV"] = data
        command = [str(Path(sys.prefix) / "bin" / words[0]), *words[1:]]
        return subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )

    def facts(self, *words: str, data: str | None = None) -> Any:
        done = self.run(*words, "--json", data=data)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


def copy_tree(target: Path) -> Tree:
    target.mkdir(parents=True)
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, target / name, ignore=ignored)
        else:
            shutil.copyfile(source, target / name)
    for name in LINKED:
        (target / name).symlink_to(PROJECT / name)
    (target / "build").mkdir()
    (target / "build" / "wheelhouse").symlink_to(PROJECT / "build" / "wheelhouse")
    return Tree(target)


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Synthetic data: the tests must not need the real file, nor the network."""
    from mlops.data.generate import generate

    path = tmp_path_factory.mktemp("data") / "abalone-synthetic.csv"
    generate(path)
    return str(path)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    tree = copy_tree(tmp_path_factory.mktemp("tree") / "project")
    yield tree
    tree.run("mlops", "local", "stop")
