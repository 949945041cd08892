"""Build hooks: the sibling packages, and the extras from the images' lock files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

SIBLINGS = ("cloud_assembly", "mlops_common", "mlops_contract", "pipeline_schema")
NOT_INSTALLED = ("PKG-INFO", "README.md", "dist", "example", "hatch_build.py", "pyproject.toml")
QUERIES = ["duckdb", "polars", "pyarrow", "sqlglot"]
TUNING = ["numpy", "scikit-learn"]


class Files(BuildHookInterface):  # type: ignore[misc]
    """Adds this package and its siblings to the archive."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Add them, from the checkout or from an unpacked source archive."""
        root = Path(self.root)
        found = {name: root.parent / name for name in SIBLINGS}
        places = {name: place if place.is_dir() else root / name for name, place in found.items()}
        if self.target_name == "wheel":
            own = (path for path in root.iterdir() if path.name not in {*SIBLINGS, *NOT_INSTALLED})
            places |= {f"pipeline_local/{path.name}": path for path in own}
        build_data["force_include"] |= {
            str(place): name for name, place in places.items() if place.exists()
        }


class Extras(MetadataHookInterface):  # type: ignore[misc]
    """Reads the extra `images` from the lock files of the jobs' images."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the extras."""
        lines = {
            line
            for file in (Path(self.root) / "jobs" / "image_packages").glob("*.txt")
            for line in file.read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")
        }
        # A job installs its wheelhouse with pip, which not every virtual environment has.
        metadata["optional-dependencies"] = {
            "images": sorted(lines | {"pip"}),
            "queries": QUERIES,
            "tuning": TUNING,
        }
