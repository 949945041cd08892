"""Packages of a job: those that the lock file of its image names.

A script that imports what AWS's image lacks fails here as it does there. The files are hard links
to those of the virtual environment, made once, so that jobs start quickly.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import sysconfig
import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path

from mlops_common.errors import MlopsError

_LOCKS = Path(__file__).parent / "image_packages"
# Every image has it: `run.py` of this project installs a wheelhouse with it.
_ALWAYS = "pip"
# What IDEs attach with, beside the packages of an image.
_DEBUGGERS = ("debugpy", "pydevd-pycharm")
_OWN = "sagemaker-pipeline-local"
# Modules of the framework images that are not here, and why; what else they bring is in the locks.
_COMPILED = "it installs with a C compiler only"
_SERVICE = "it is the service's own side of the container"
ABSENT = {
    "conda": "packages here are pip's",
    "dask": "XGBoost's algorithm trains on one machine here",
    "gevent": _SERVICE,
    "mlio": _COMPILED,
    "multi_model_server": _SERVICE,
    "sagemaker_containers": _COMPILED,
    "sagemaker_inference": _SERVICE,
    "sagemaker_sklearn_container": _SERVICE,
    "sagemaker_training": _COMPILED,
    "sagemaker_xgboost_container": _SERVICE,
    "smdebug": "there is no Debugger here",
}
_MISSING = re.compile(r"ModuleNotFoundError: No module named '(\w+)")


def site_packages() -> Path:
    """Return the folder of the installed packages."""
    return Path(sysconfig.get_path("purelib"))


@cache
def own_programs() -> Path:
    """Return the folder from which a job imports this package's own programs.

    An installed package is in `site-packages`, which the image's packages replace in a job: it is
    linked to a folder beside.
    """
    place = Path(__file__).resolve().parents[2]
    if place != site_packages().resolve():
        return place
    return _linked("programs", metadata.distribution(_OWN).read_text("RECORD") or "", [_OWN])


@cache
def packages_of(image: str) -> Path:
    """Return the folder of the packages of an image."""
    text = (_LOCKS / f"{image}.txt").read_text()
    names = _checked_names(image, text)
    return _linked(image, "\0".join((sys.version, text, metadata.version(_ALWAYS))), names)


def absence(output: str) -> str:
    """Return why a module that a job's image brings was not found here, or an empty text."""
    found = [name for name in _MISSING.findall(output) if name in ABSENT]
    return (
        f"AWS's image brings {found[-1]}, which is not here: {ABSENT[found[-1]]}; read the SM_* "
        "variables instead, or bring what the script needs of it beside the script"
        if found
        else ""
    )


@cache
def debuggers() -> Path | None:
    """Return the folder of the debuggers that are installed, or None."""
    found = {}
    for name in _DEBUGGERS:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return (
        _linked("debuggers", "\0".join((sys.version, repr(found))), list(found)) if found else None
    )


def _checked_names(image: str, lock: str) -> list[str]:
    from packaging.requirements import Requirement

    names = []
    for line in (*lock.splitlines(), _ALWAYS):
        if not line.strip() or line.startswith("#"):
            continue
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate():
            continue
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            found = "none"
        if found == "none" or found not in wanted.specifier:
            raise MlopsError(
                f"image {image} contains {wanted.name}{wanted.specifier}, installed is {found}; "
                f"run: make setup (in a checkout), or: pip install '{_OWN}[images]'"
            )
        names.append(wanted.name)
    return names


def _linked(name: str, facts: str, names: list[str]) -> Path:
    """Create a folder of distributions atomically; one that another process created serves too."""
    digest = hashlib.sha256(facts.encode()).hexdigest()[:12]
    folder = Path(sys.prefix) / "images" / f"{name}-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        source = site_packages()
        files = [file for each in names for file in metadata.distribution(each).files or ()]
        for entry in sorted({file.parts[0] for file in files} - {"..", "__pycache__"}):
            _link(source / entry, fresh / entry)
        fresh.chmod(0o755)
        with contextlib.suppress(OSError):
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _link(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=os.link)
    elif source.exists():
        os.link(source, target)
