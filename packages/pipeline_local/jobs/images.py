"""Which image a job names, and how a job of that image is started here.

A container image cannot be run without Docker. What an image adds to a job is known, though: an
entry point and a set of packages. Here the packages are those of this virtual environment that the
image's lock file names (`image_packages/`), and the scripts are those that the deployed job would
run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.jobs.packages import own_programs, packages_of

if TYPE_CHECKING:
    from pathlib import Path

# <registry>/<repository>[:<tag>][@<digest>]
_IMAGE_URI = re.compile(r"^(?:[^/]+/)*(?P<repository>[^/:@]+)(?::[^/@]+)?(?:@.+)?$")


@dataclass(frozen=True)
class JobImage:
    """What this tool knows of an image.

    Attributes
    ----------
    repository : str
        The repository's name, e.g. "sagemaker-xgboost".
    entrypoint : tuple of str
        The image's own entry point, used when the step gives none; empty when it has none that
        would be of use here.
    script_mode : bool
        Whether its training entry point runs a script named by `sagemaker_program`.
    framework : str
        `SM_FRAMEWORK_MODULE` of its training entry point.
    algorithm : str
        The program (in `image_programs`) that trains without a script; empty when it has none.
    serving : str
        The framework whose model server it brings; empty when it serves no models.
    own_program : bool
        Whether its entry point is a program of this package.
    """

    repository: str
    entrypoint: tuple[str, ...] = ()
    script_mode: bool = False
    framework: str = ""
    algorithm: str = ""
    serving: str = ""
    own_program: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """The variables that its own entry point needs."""
        return {"PYTHONPATH": str(own_programs())} if self.own_program else {}

    @property
    def packages(self) -> Path:
        """The folder of the packages it holds, as its lock file says."""
        return packages_of(self.repository)


IMAGES = {
    image.repository: image
    for image in (
        JobImage(
            "sagemaker-model-monitor-analyzer",
            entrypoint=("python3", "-m", "pipeline_local.monitor.analyzer"),
            own_program=True,
        ),
        JobImage(
            "sagemaker-clarify-processing",
            entrypoint=("python3", "-m", "pipeline_local.clarify.analyzer"),
            own_program=True,
        ),
        JobImage(
            "sagemaker-xgboost",
            script_mode=True,
            framework="sagemaker_xgboost_container.training:main",
            algorithm="xgboost_algorithm",
            serving="xgboost",
        ),
        JobImage(
            "sagemaker-scikit-learn",
            script_mode=True,
            framework="sagemaker_sklearn_container.training:main",
            serving="scikit-learn",
        ),
    )
}


def image_of(uri: str) -> JobImage:
    """Return what is known of an image.

    Parameters
    ----------
    uri : str
        The image's URI; registry and tag do not matter.
    """
    match = _IMAGE_URI.match(uri)
    image = IMAGES.get(match["repository"]) if match else None
    if image is None:
        raise MlopsError(f"no job of image {uri!r} can run here; known are {', '.join(IMAGES)}")
    return image


def program_command(name: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the command and the variables that start one of `image_programs`."""
    return ("python3", "-m", f"pipeline_local.image_programs.{name}"), {
        "PYTHONPATH": str(own_programs())
    }
