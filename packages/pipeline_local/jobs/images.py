"""Images of jobs, and their counterparts here.

A container image cannot be run without Docker. Its entry point and packages are known, though: the
packages are those of this virtual environment that the image's lock file names
(`image_packages/`), and the scripts are those that the deployed job would run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.jobs.packages import own_programs, packages_of

if TYPE_CHECKING:
    from pathlib import Path

MONITOR = "sagemaker-model-monitor-analyzer"
_VERSION = re.compile(r":(\d+)\.(\d+)-")
_NATIVE_MODELS = (1, 3)  # the first version of XGBoost's image that does not pickle its models
# <registry>/<repository>[:<tag>][@<digest>]
_IMAGE_URI = re.compile(r"^(?:[^/]+/)*(?P<repository>[^/:@]+)(?::[^/@]+)?(?:@.+)?$")
# Of each framework image, whatever is started in it.
_INPUT = "/opt/ml/input"
_VARIABLES = {
    "SM_INPUT": _INPUT,
    "SM_INPUT_TRAINING_CONFIG_FILE": f"{_INPUT}/config/hyperparameters.json",
    "SM_INPUT_DATA_CONFIG_FILE": f"{_INPUT}/config/inputdataconfig.json",
    "SM_CHECKPOINT_CONFIG_FILE": f"{_INPUT}/config/checkpointconfig.json",
    "SM_MODEL_DIR": "/opt/ml/model",
}


@dataclass(frozen=True)
class JobImage:
    """The known facts of an image."""

    repository: str
    entrypoint: tuple[str, ...] = ()  # a program of this package
    framework: str = ""  # `SM_FRAMEWORK_MODULE` of its training entry point
    algorithm: str = ""  # the program in `image_programs` that trains without a script
    serving: str = ""  # the framework of its model server

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the image, or those that its own entry point here needs."""
        return {"PYTHONPATH": str(own_programs())} if self.entrypoint else dict(_VARIABLES)

    @property
    def packages(self) -> Path:
        """The folder of the packages in its lock file."""
        return packages_of(self.repository)


IMAGES = {
    image.repository: image
    for image in (
        JobImage(
            MONITOR,
            entrypoint=("python3", "-m", "pipeline_local.monitor.analyzer"),
        ),
        JobImage(
            "sagemaker-clarify-processing",
            entrypoint=("python3", "-m", "pipeline_local.clarify.analyzer"),
        ),
        JobImage(
            "sagemaker-xgboost",
            framework="sagemaker_xgboost_container.training:main",
            algorithm="xgboost_algorithm",
            serving="xgboost",
        ),
        JobImage(
            "sagemaker-scikit-learn",
            framework="sagemaker_sklearn_container.training:main",
            serving="scikit-learn",
        ),
    )
}


def image_of(uri: str) -> JobImage:
    """Return the image of a URI; registry and tag do not matter."""
    match = _IMAGE_URI.match(uri)
    image = IMAGES.get(match["repository"]) if match else None
    if image is None:
        raise MlopsError(f"no job of image {uri!r} can run here; known are {', '.join(IMAGES)}")
    return image


def algorithm_command(uri: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the command and the variables that start the algorithm of an image."""
    command, variables = program_command(image_of(uri).algorithm)
    version = _VERSION.search(uri)
    pickled = version is not None and tuple(map(int, version.groups())) < _NATIVE_MODELS
    return (*command, "--pickled") if pickled else command, variables


def program_command(name: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the command and the variables that start one of `image_programs`."""
    command = ("python3", "-m", f"pipeline_local.image_programs.{name}")
    return command, {"PYTHONPATH": str(own_programs())}
