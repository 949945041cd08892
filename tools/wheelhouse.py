"""Fetch the packages that the jobs' image lacks, with the standard library only."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# AWS's image for the jobs: Linux on x86-64, CPython 3.10.
JOB_PLATFORM = (
    *("--implementation", "cp", "--python-version", "3.10", "--only-binary", ":all:"),
    *("--abi", "cp310", "--abi", "abi3", "--abi", "none"),
    *("--platform", "manylinux_2_24_x86_64", "--platform", "manylinux_2_17_x86_64"),
    *("--platform", "manylinux2014_x86_64"),
)


def folder(project: Path = PROJECT) -> Path:
    """Return the folder of the wheels by the rule of `pipeline_definitions.bundles.lock_digest`."""
    text = re.sub(r"\\\n", " ", _lock(project).read_text(encoding="utf-8"))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    requirements = sorted(line for line in lines if line and not line.startswith("#"))
    digest = hashlib.sha256("\n".join(requirements).encode()).hexdigest()
    return project / "build" / "wheelhouse" / digest


def fetch(python: str | Path = sys.executable, project: Path = PROJECT) -> None:
    """Download the wheels with the pip of a Python, unless they exist."""
    target, lock = folder(project), _lock(project)
    if target.is_dir():
        (target / lock.name).unlink(missing_ok=True)  # a copy that earlier set-ups left there
        return
    print("fetching the jobs' wheels", file=sys.stderr, flush=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".fetching-"))
    download = ("-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes")
    command = [str(python), *download, *JOB_PLATFORM, "--dest", str(beside), "-r", str(lock)]
    try:
        subprocess.run(command, cwd=project, check=True, stdout=sys.stderr)
        beside.chmod(0o755)
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _lock(project: Path) -> Path:
    return project / "processing_code" / "wheelhouse.txt"
