"""What an installation of the project consists of."""

from __future__ import annotations

import tomllib
from pathlib import Path

from setuptools.config.expand import find_packages

PROJECT = Path(__file__).parents[3]


def test_folders_of_an_older_layout_are_no_packages(tmp_path: Path) -> None:
    content = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    (tmp_path / "constructs").mkdir()
    (tmp_path / "packages" / "mlops").mkdir(parents=True)
    (tmp_path / "packages" / "mlops" / "__init__.py").touch()
    # What git leaves behind of `mlops/` when a clone follows the move to `packages/`.
    (tmp_path / "mlops" / "assembly" / "__pycache__").mkdir(parents=True)
    chosen = content["tool"]["setuptools"]["packages"]["find"]
    assert find_packages(root_dir=tmp_path, fill_package_dir={}, **chosen) == ["mlops"]
