"""Pin all packages, with hashes, from `pyproject.toml`, and list those of each job image."""

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
IMAGES = PROJECT / "packages" / "pipeline_local" / "jobs" / "image_packages"
# What a script may count on in AWS's images and in the wheelhouse of this project (polars).
COMMON = ("boto3", "matplotlib", "numpy", "pandas", "polars==2.0.0", "pyarrow")
LEARNING = (*COMMON, "scikit-learn", "scipy", "joblib")
# What AWS's own programs in the framework images bring, as those images' tests of versions list it.
# `ABSENT` in `packages.py` says what of it cannot be here.
TOOLKIT = (
    *("cryptography", "flask", "gunicorn", "protobuf", "psutil", "pyyaml", "requests"),
    *("retrying", "werkzeug"),
)
IMAGE_PACKAGES = {
    "sagemaker-xgboost": (*LEARNING, *TOOLKIT, "xgboost-cpu"),
    "sagemaker-scikit-learn": (*LEARNING, *TOOLKIT),
    # What the analyzers of this project need in place of AWS's own.
    "sagemaker-model-monitor-analyzer": ("numpy", "polars", "scikit-learn"),
    "sagemaker-clarify-processing": (*LEARNING, "jmespath", "xgboost-cpu"),
}
# Hashes are in requirements-dev.txt, which is what gets installed.
COMPILE_IMAGE = (
    *(COMPILE[0], "pip", "compile", "-", "--quiet", "--no-annotate", "--no-header"),
    *("--no-emit-index-url", "--no-emit-find-links", "--constraint", "requirements-dev.txt"),
    *ANY_PYTHON,
)
HEADER = "# What jobs of {0}:* see of the installed packages. Made by: make lock\n"


def main() -> int:
    """Write the lock files, up to the first step that fails."""
    for target, arguments in LOCKS:
        command = [*COMPILE, *arguments, "--output-file", target]
        done = subprocess.run(command, cwd=PROJECT, check=False)
        if done.returncode != 0:
            print(f"{target} could not be made; see above", file=sys.stderr)
            return done.returncode
    for image, packages in IMAGE_PACKAGES.items():
        compiled = subprocess.run(
            COMPILE_IMAGE,
            cwd=PROJECT,
            input="\n".join(packages),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if compiled.returncode != 0:
            print(f"the packages of {image} could not be resolved; see above", file=sys.stderr)
            return compiled.returncode
        (IMAGES / f"{image}.txt").write_text(HEADER.format(image) + compiled.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
