"""Python environment of a job: the image's packages, and what the job's own pip adds to them.

It is a virtual environment in the job's /tmp, and the image's packages are outside of it. So pip
counts what the image has as installed, and leaves it in its place when a job asks for another
version, which comes first. Nothing that a job installs outlives it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pipeline_local.jobs.left_files import remove_tree
from pipeline_local.jobs.pip_settings import write_settings

_NAME = "environment"
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
_PIP = '#!/bin/sh\nexec "${0%/*}/python3" -m pip "$@"\n'


def make_environment(temporary: Path, packages: Path) -> None:
    """Make the folder that the job sees as /tmp anew, with the environment in it."""
    remove_tree(temporary)
    root = temporary / _NAME
    programs, libraries = root / "bin", root / "lib" / _PYTHON / "site-packages"
    programs.mkdir(parents=True)
    libraries.mkdir(parents=True)
    interpreter = Path(sys.base_prefix) / "bin" / _PYTHON
    for name in ("python", "python3", _PYTHON):
        (programs / name).symlink_to(interpreter)
    for name in ("pip", "pip3"):
        (programs / name).write_text(_PIP)
        (programs / name).chmod(0o755)
    # The line of code reads the `.pth` files there, too.
    (libraries / "image.pth").write_text(f"import site; site.addsitedir({str(packages)!r})\n")
    (root / "pyvenv.cfg").write_text(
        f"home = {interpreter.parent}\ninclude-system-site-packages = false\n"
    )
    write_settings(temporary)


def programs_of(temporary: Path) -> Path:
    """Return the folder of the environment's programs, given the job's /tmp."""
    return temporary / _NAME / "bin"


def interpreter_settings() -> set[str]:
    """Return the files of pip's settings, passwords in them too, in the interpreter's folders."""
    folders = {
        each for one in (sys.prefix, sys.base_prefix) for each in (one, os.path.realpath(one))
    }
    return {str(file) for each in folders if (file := Path(each) / "pip.conf").exists()}
