"""Run `app.py` for the CDK, in any Python that has the packages of `requirements.txt`.

Hashed requirements cannot name the project itself, so its packages are found from here, and the
jobs' wheels are fetched where they are missing.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import tomllib

from wheelhouse import PROJECT, fetch

KERNEL = PROJECT / "tools" / "kernel.sh"
# The CDK's modules that the last synthesis needed; with a value in the other, none are kept.
MODULES, NO_CACHE = "MLOPS_CDK_MODULES", "MLOPS_NO_CACHE"


def source_roots() -> list[str]:
    """List the folders that the project's packages lie in, from `pyproject.toml`."""
    content = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    where = content["tool"]["setuptools"]["packages"]["find"]["where"]
    return [str((PROJECT / each).resolve()) for each in where]


def make_importable() -> None:
    """Put the project's packages on the path, also of the processes that are started."""
    roots = source_roots()
    sys.path[:0] = roots
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([*roots, *([inherited] if inherited else [])])


def main() -> None:
    """Prepare what `make setup` would, and run the app."""
    del sys.path[0]  # this folder
    make_importable()
    if os.access(KERNEL, os.X_OK):
        os.environ.setdefault("JSII_NODE", str(KERNEL))
        if not os.environ.get(NO_CACHE):
            os.environ[MODULES] = str(PROJECT / "build" / "cache" / "cdk-modules.json")
    try:
        fetch()
    except subprocess.CalledProcessError:
        sys.exit("error: the jobs' wheels cannot be fetched; see above which")
    runpy.run_path(str(PROJECT / "app.py"), run_name="__main__")


if __name__ == "__main__":
    main()
