"""SageMaker's folders, in one place, and movable as a whole."""

from __future__ import annotations

import os
from pathlib import Path

ROOT_VARIABLE = "ML_ROOT"
"""Environment variable that names another root than `/opt/ml`."""


def root() -> Path:
    """Return the folder that SageMaker calls `/opt/ml`."""
    return Path(os.environ.get(ROOT_VARIABLE) or "/opt/ml")


def processing_input(name: str) -> Path:
    """Return the folder of a processing job's input."""
    return root() / "processing" / "input" / name


def processing_output(name: str) -> Path:
    """Return, and make, the folder of a processing job's output."""
    folder = root() / "processing" / "output" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def output_file(name: str) -> Path:
    """Return the file `failure` or `message`, which SageMaker reads."""
    return root() / "output" / name


def training_folder(variable: str, default: str) -> Path:
    """Return a folder named by the toolkit in a variable, such as `SM_CHANNEL_TRAIN`.

    The default is its documented place below `/opt/ml`.
    """
    return Path(os.environ.get(variable) or root() / default)
