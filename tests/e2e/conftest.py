"""A copy of the tree, as a fresh clone would be, with the set-up of this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import VARIABLE
from tests.synthesis import PROJECT, SHIPPED_SETTINGS, copy_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables of its commands: its settings are its own, its data not ours."""
        ours = {name: value for name, value in os.environ.items() if name != "ABALONE_CSV"}
        return {**ours, VARIABLE: str(self.root / SHIPPED_SETTINGS.name)}

    def run(self, *words: str, data: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = self.variables | ({} if data is None else {"ABALONE_CSV": data})
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
    copy_sources(COPIED, target)
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
