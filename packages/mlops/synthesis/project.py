"""Where the project is: the folder that holds `cdk.json`."""

from __future__ import annotations

from pathlib import Path

from mlops_common.errors import MlopsError


def project_root() -> Path:
    """Find the project that the command is meant for.

    The current folder and its parents come first, so that a second check-out or a copy of the
    tree is served by its own files; the folder this package was installed from comes last.

    Returns
    -------
    Path
        The absolute path of the folder that holds `cdk.json`.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[3]):
        if (folder / "cdk.json").is_file():
            return folder
    raise MlopsError(f"{here}: no cdk.json here or above; change into the project's folder")
