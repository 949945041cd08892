"""Python environment of a job: the image's packages, and what the job's own pip adds to them.

It is a virtual environment in the job's /tmp, and the image's packages are outside of it. So pip
counts what the image has as installed, and leaves it in its place when a job asks for another
version, which comes first. Nothing that a job installs outlives it.
"""

from __future__ import annotations

import configparser
import os
import shutil
import sys
import tempfile
from pathlib import Path

_NAME = "environment"
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
_PIP = '#!/bin/sh\nexec "${0%/*}/python3" -m pip "$@"\n'
# Of pip's settings, those that say where packages are.
_SETTINGS = ("index-url", "extra-index-url", "no-index", "find-links", "trusted-host", "proxy")
_PLACES = ("index-url", "extra-index-url", "find-links")
_PACKAGES = (".whl", ".tar.gz")
_USER_FILES = ("pip/pip.conf", "../.pip/pip.conf")  # below ~/.config
_MACHINE_FILES = ("/etc/xdg/pip/pip.conf", "/etc/pip.conf")


def make_environment(temporary: Path, packages: Path) -> None:
    """Make the folder that the job sees as /tmp anew, with the environment in it."""
    _put_aside(temporary)
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
    settings = temporary / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{name} = {value}\n" for name, value in _pip_settings().items())
    settings.write_text("[global]\n" + "".join(lines))


def _put_aside(temporary: Path) -> None:
    """Take a container before this one, of the same job, its /tmp: a link in it leads anywhere."""
    if temporary.exists():
        beside = Path(tempfile.mkdtemp(dir=temporary.parent, prefix=f"{temporary.name}-before-"))
        temporary.rename(beside)  # what it forbids its owner does not hold this
        shutil.rmtree(beside, ignore_errors=True)


def programs_of(temporary: Path) -> Path:
    """Return the folder of the environment's programs, given the job's /tmp."""
    return temporary / _NAME / "bin"


def interpreter_settings() -> set[str]:
    """Return the files of pip's settings, passwords in them too, in the interpreter's folders."""
    folders = {
        each for one in (sys.prefix, sys.base_prefix) for each in (one, os.path.realpath(one))
    }
    return {str(file) for each in folders if (file := Path(each) / "pip.conf").exists()}


def wheel_folders() -> set[str]:
    """Return the folders of this machine that have packages for pip, but none with a home in it."""
    found = map(Path, _pip_settings().get("find-links", "").split())
    return {str(each) for each in found if each.is_absolute() and _has_packages(each)}


def _has_packages(folder: Path) -> bool:
    real = folder.resolve()
    own = any(place.resolve().is_relative_to(real) for place in (Path.home(), Path.cwd()))
    return not own and any(next(folder.glob(f"*{end}"), None) for end in _PACKAGES)


def _pip_settings() -> dict[str, str]:
    """Return this user's settings of pip that say where packages are; none with a password."""
    found: dict[str, str] = {}
    parser = configparser.RawConfigParser(strict=False)
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    try:
        first = (os.environ.get("PIP_CONFIG_FILE", ""), *_MACHINE_FILES)
        parser.read([*first, *(folder / f for f in _USER_FILES), Path(sys.prefix) / "pip.conf"])
    except (configparser.Error, UnicodeDecodeError):
        parser.clear()
    for section in ("global", "install"):
        if parser.has_section(section):
            found |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    found |= {"proxy": proxy} if proxy else {}
    for name in _SETTINGS:
        if value := os.environ.get(f"PIP_{name.upper().replace('-', '_')}"):
            found[name] = value
    return _without_passwords({name: found[name].split() for name in _SETTINGS if name in found})


def _without_passwords(found: dict[str, list[str]]) -> dict[str, str]:
    """Leave out what has a password; pip must not ask the public index in the place of it."""
    kept = {name: [each for each in found[name] if "@" not in each] for name in found}
    withheld = [name for name in found if kept[name] != found[name]]
    if any(name in _PLACES for name in withheld):
        indexes = [*kept.pop("index-url", []), *kept.pop("extra-index-url", [])]
        # Without an index-url pip asks pypi.org.
        more = {"index-url": indexes[:1], "extra-index-url": indexes[1:]}
        kept |= more if indexes else {"no-index": ["true"]}
    for name in withheld:
        rest = "; pip in it asks no index" if kept.get("no-index") else ""
        sys.stderr.write(f"pip's setting {name} has a password and is kept from the job{rest}\n")
    return {name: " ".join(each) for name, each in kept.items() if each}
