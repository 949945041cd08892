"""Pin all packages, with hashes, from `pyproject.toml` and the jobs' list."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
COMPILE = (
    str(PROJECT / ".venv" / "bin" / "uv"),
    *("pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url"),
    *("--no-emit-find-links", "--custom-compile-command", "make lock"),
)
ANY_PYTHON = ("--universal", "--python-version", "3.11")
LOCKS = (
    ("requirements.txt", ("pyproject.toml", *ANY_PYTHON)),
    (
        "requirements-dev.txt",
        ("pyproject.toml", "--extra", "dev", "--constraint", "requirements.txt", *ANY_PYTHON),
    ),
)


def main() -> int:
    """Write the lock files.

    Returns
    -------
    int
        The exit code: that of the first step that failed.
    """
    for target, arguments in LOCKS:
        command = [*COMPILE, *arguments, "--output-file", target]
        done = subprocess.run(command, cwd=PROJECT, check=False)
        if done.returncode != 0:
            print(f"{target} could not be made; see above", file=sys.stderr)
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
