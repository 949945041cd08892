"""Which image a job names, and how a job of that image is started here.

A container image cannot be run without Docker. What an image adds to a job is known, though: an
entry point and a set of packages. Here the packages are those of this virtual environment that the
image's lock file names (`image_packages/`), and the scripts are those that the deployed job would
run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from mlops_common.errors import MlopsError
from pipeline_local.jobs.packages import packages_of

# <registry>/<repository>[:<tag>][@<digest>]
_IMAGE_URI = re.compile(r"^(?:[^/]+/)*(?P<repository>[^/:@]+)(?::[^/@]+)?(?:@.+)?$")

# Some programs of jobs are programs of this tool; a job has no other way to find them.
_PROJECT = str(Path(__file__).resolve().parents[2])


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
    """

    repository: str
    entrypoint: tuple[str, ...] = ()
    script_mode: bool = False
    framework: str = ""
    algorithm: str = ""
    serving: str = ""
    environment: dict[str, str] = field(default_factory=dict)

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
            environment={"PYTHONPATH": _PROJECT},
        ),
        JobImage(
            "sagemaker-clarify-processing",
            entrypoint=("python3", "-m", "pipeline_local.clarify.analyzer"),
            environment={"PYTHONPATH": _PROJECT},
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
    return ("python3", "-m", f"pipeline_local.image_programs.{name}"), {"PYTHONPATH": _PROJECT}
