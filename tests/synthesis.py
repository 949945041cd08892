"""One plain synthesis of all environments for all tests, however many processes run them.

Plain: without rule packs and proofs, which read templates and change none. What they say has
tests of its own, and the end-to-end tests run them as a user does.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from environments.loading import VARIABLE
from mlops_common.store import NO_CACHE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROJECT = Path(__file__).parents[1]
# The tests' own: those of the checkout are the adopter's.
SETTINGS = PROJECT / "tests" / "settings"
SHIPPED_SETTINGS = PROJECT / "environments"
ENVIRONMENTS = ("dev", "staging", "prod")
# Names the folder that a test run inside this one shares with it.
SHARED = "MLOPS_TESTS_SHARED"
# Notes which files of the project are opened, in a file beside the cloud assembly, a process each.
NOTE = """
import atexit, os, pathlib, sys

opened = set()
sys.addaudithook(lambda name, args: name == "open" and opened.add(args[0]))

def write():
    here = pathlib.Path.cwd()
    paths = (pathlib.Path(os.fsdecode(x)).absolute() for x in list(opened) if isinstance(x, str))
    files = [path for path in paths if path.is_file()]
    inside = sorted({str(path.relative_to(here)) for path in files if path.is_relative_to(here)})
    if "CDK_OUTDIR" in os.environ:
        with pathlib.Path(os.environ["CDK_OUTDIR"]).with_name("opened.txt").open("a") as notes:
            notes.write("".join(f"{name}\\n" for name in inside))

atexit.register(write)
"""
PROGRAM = """
import runpy
import stacks.promises, stacks.rule_packs

stacks.promises.add_promises = lambda *_: None
stacks.rule_packs.add_rule_packs = lambda *_: None
runpy.run_path("app.py", run_name="__main__")
"""


def copy_sources(names: Sequence[str], target: Path) -> None:
    """Copy files and folders of the project, the tests' settings in the place of the adopter's."""

    def left_out(folder: str, files: list[str]) -> set[str]:
        kinds = (".yaml",) if Path(folder) == SHIPPED_SETTINGS else ()
        return {each for each in files if each.endswith(("__pycache__", ".egg-info", *kinds))}

    for name in names:
        source = PROJECT / name
        if source.is_dir():
            # Not copy2: a copy has other dates.
            shutil.copytree(source, target / name, ignore=left_out, copy_function=shutil.copy)
        else:
            shutil.copyfile(source, target / name)
    shutil.copytree(SETTINGS, target / SHIPPED_SETTINGS.name, dirs_exist_ok=True)


def of_sources(project: Path) -> dict[str, str]:
    """Give the variables with which Python imports a project's own sources, and its settings."""
    paths = os.pathsep.join(str(project / each) for each in (".", "constructs", "packages"))
    return {"PYTHONPATH": paths, VARIABLE: str(project / SHIPPED_SETTINGS.name)}


def synthesize(project: Path, output: Path, variables: dict[str, str], before: str = "") -> None:
    """Run the app of a project folder, all environments.

    Parameters
    ----------
    project : Path
        Folder with `app.py`.
    output : Path
        Folder for the cloud assembly.
    variables : dict of str to str
        More environment variables.
    before : str
        Python to run first in the same process, and in those that it starts.
    """
    first = output.with_name("before")
    first.mkdir(parents=True, exist_ok=True)
    (first / "sitecustomize.py").write_text(before, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name[:4] != "AWS_"}
    environment |= {
        "CDK_CONTEXT_JSON": json.dumps({"environment": ",".join(ENVIRONMENTS)}),
        "CDK_OUTDIR": str(output),
        "CDK_VALIDATION": "false",
        NO_CACHE: "1",
        **of_sources(project),
        **variables,
    }
    environment["PYTHONPATH"] = os.pathsep.join([str(first), environment["PYTHONPATH"]])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Have something made by the first process of a test run that asks for it.

    Parameters
    ----------
    folder : Path
        A folder that all processes of the test run share, and no other run.
    make : callable
        Takes the folder to make, below it.

    Returns
    -------
    Path
        What was made, only to be read.
    """
    folder.mkdir(exist_ok=True)
    output, done = folder / "cdk.out", folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(output)
            done.touch()
    return output
