"""What the runner's distribution declares is what its modules import, no more and no less."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGES = Path(__file__).parents[3] / "packages"
RUNNER = PACKAGES / "pipeline_local"
STUBS = "mypy-boto3"
UNSEEN = {
    "cfn-lint": "its schemas are read as files",
    "pip": "jobs install their wheelhouses with it",
}


def names(lines: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in lines}


@pytest.fixture(scope="module")
def build() -> dict[str, Any]:
    """The constants of the build script."""
    tree = ast.parse((RUNNER / "hatch_build.py").read_text())
    found = (node for node in tree.body if isinstance(node, ast.Assign))
    return {ast.unparse(node.targets[0]): ast.literal_eval(node.value) for node in found}


@pytest.fixture(scope="module")
def imported(build: dict[str, Any]) -> set[str]:
    """Distributions that the modules import anywhere, also within functions."""
    modules = set()
    for package in ("pipeline_local", *build["SIBLINGS"]):
        for path in (PACKAGES / package).rglob("*.py"):
            if path.name == "hatch_build.py" or "example" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    modules.add(node.module.split(".")[0])
    modules -= {"pipeline_local", *build["SIBLINGS"], *sys.stdlib_module_names}
    known = packages_distributions()
    found = {canonicalize_name(known[module][0]) for module in modules}
    return {name for name in found if not name.startswith(STUBS)}


def test_what_is_imported_is_declared(build: dict[str, Any], imported: set[str]) -> None:
    project = tomllib.loads((RUNNER / "pyproject.toml").read_text())["project"]
    locks = "\n".join(path.read_text() for path in (RUNNER / "jobs/image_packages").glob("*.txt"))
    images = names([line for line in locks.splitlines() if line and not line.startswith("#")])
    declared = names(project["dependencies"])
    extras = names([*build["QUERIES"], *build["TUNING"]])
    assert imported <= declared | extras | images
    assert declared | extras <= imported | UNSEEN.keys()
