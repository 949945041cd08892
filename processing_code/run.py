"""The launcher of processing scripts, which installs the packages that the image lacks.

    python3 run.py preprocess.py ARGUMENT...

A processing job has no network, so the packages travel as a wheelhouse, an input of their own. They
are checked against the hashes in `wheelhouse.txt` and put into a folder of this run; the image
stays as it is. Standard library only: this runs before any package is installed.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
PINS = HERE / "wheelhouse.txt"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def missing_packages(pins: Path) -> list[str]:
    """List the `name==version` pins that cannot be imported in that version."""
    missing = []
    for name, version in _PIN.findall(pins.read_text(encoding="utf-8")):
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = ""
        if found != version:
            missing.append(f"{name}=={version}")
    return missing


def install(wheelhouse: Path, pins: Path, target: Path) -> None:
    """Install the pinned packages from a folder of wheels, checking their hashes."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--isolated", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--no-index", "--no-deps", "--only-binary", ":all:"]
    command += ["--find-links", str(wheelhouse), "--require-hashes", "--requirement", str(pins)]
    done = subprocess.run(
        [*command, "--target", str(target)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = " ".join((done.stderr.strip() or "pip said nothing").split())[-800:]
        fail(f"cannot install from the wheelhouse {wheelhouse}: {reason}")


def fail(message: str) -> None:
    """End the job with a message for SageMaker and people, and exit code 1."""
    output = Path(os.environ.get("ML_ROOT") or "/opt/ml") / "output"
    output.mkdir(parents=True, exist_ok=True)
    for name in ("failure", "message"):
        (output / name).write_text(message[:1000], encoding="utf-8")
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(1)


def main(arguments: Sequence[str]) -> None:
    """Run a script of this folder as if it had been started itself."""
    script = HERE / arguments[0] if arguments else HERE
    if script.parent != HERE or not script.is_file():
        known = ", ".join(sorted(path.name for path in HERE.glob("*.py") if path.name != "run.py"))
        fail(f"usage: run.py SCRIPT ARGUMENT..., where SCRIPT is one of {known}")
    wheelhouse = HERE.parent / "wheelhouse"
    with tempfile.TemporaryDirectory(prefix="packages-") as target:
        if wheelhouse.is_dir() and missing_packages(PINS):
            install(wheelhouse, PINS, Path(target))
            sys.path.insert(0, target)
        sys.path.insert(0, str(HERE))
        sys.argv = [str(script), *arguments[1:]]
        try:
            runpy.run_path(str(script), run_name="__main__")
        except ModuleNotFoundError as error:
            if wheelhouse.is_dir():
                raise
            fail(f"{error}, and there is no wheelhouse at {wheelhouse} to install it from")


if __name__ == "__main__":
    main(sys.argv[1:])
