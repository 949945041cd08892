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
    # pip takes each tag literally; the image's C library is 2.28 or newer.
    *(f"--platform=manylinux_2_{minor}_x86_64" for minor in range(28, 16, -1)),
    "--platform=manylinux2014_x86_64",
)

# Whatever else pip reads in such a file could bring what its hash does not name.
PINNED = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*( --hash=sha256:[0-9a-f]{64})+"
)


def locks(project: Path = PROJECT) -> list[Path]:
    """List the lock files: that of the project's jobs, and those of table problems."""
    own = project / "processing_code" / "wheelhouse.txt"
    problems = (project / "pipeline_definitions").glob("*/problem/packages.txt")
    return [own, *sorted(problems)]


def folders(project: Path = PROJECT) -> dict[Path, Path]:
    """Return the folder of each lock file's wheels."""
    return {lock: project / "build" / "wheelhouse" / _digest(lock) for lock in locks(project)}


def fetch(python: str | Path = sys.executable, project: Path = PROJECT) -> None:
    """Download the wheels with the pip of a Python, unless they exist."""
    for lock, target in folders(project).items():
        if target.is_dir():
            (target / lock.name).unlink(missing_ok=True)  # a copy that earlier set-ups left there
        else:
            _download(python, project, lock, target)


def _download(python: str | Path, project: Path, lock: Path, target: Path) -> None:
    shown = lock.relative_to(project)
    print(f"fetching the jobs' wheels of {shown}", file=sys.stderr, flush=True)
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


def _digest(lock: Path) -> str:
    """Hash a lock file by the rule of `pipeline_definitions.bundles.lock_digest`."""
    text = re.sub(r"\\\n", " ", lock.read_text(encoding="utf-8"))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    requirements = sorted(line for line in lines if line and not line.startswith("#"))
    for line in requirements:
        if not PINNED.fullmatch(line):
            raise SystemExit(
                f"{lock}: {line!r} is not a package by version and hash: write "
                "NAME==VERSION --hash=sha256:… (another file, an address or an option is none)"
            )
    return hashlib.sha256("\n".join(requirements).encode()).hexdigest()
