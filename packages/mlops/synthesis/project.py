"""Root folder of the project, which holds `cdk.json`."""

from __future__ import annotations

from pathlib import Path

from mlops_common.errors import MlopsError


def project_root() -> Path:
    """Find the project of the current folder, else the one this package is installed from."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[3]):
        if (folder / "cdk.json").is_file():
            return folder
    raise MlopsError(f"{here}: no cdk.json here or above; change into the project's folder")
