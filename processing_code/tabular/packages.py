"""Packages that a problem needs and the image lacks, in the lines of its `packages.txt`.

Training installs them beside the model, without a network and checked by their hashes; whatever
answers with the model finds them there.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "packages.txt"
FOLDER: Final = "packages"
"""In the artefact."""


def install(wheels: Path, pins: Path, artefact: Path) -> None:
    """Install the packages of a lock file from a folder of wheels into an artefact."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--isolated", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--no-index", "--no-deps", "--only-binary", ":all:"]
    command += ["--find-links", str(wheels), "--require-hashes", "--requirement", str(pins)]
    target = artefact / FOLDER
    done = subprocess.run(
        [*command, "--target", str(target)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = " ".join((done.stderr.strip() or "pip said nothing").split())[-600:]
        raise JobError(f"the problem's {FILE} cannot be installed from its wheels: {reason}")
    use(artefact)


def use(artefact: Path) -> None:
    """Let this process import an artefact's packages, after those of the image."""
    folder = str(artefact / FOLDER)
    if folder not in sys.path:
        sys.path.append(folder)
