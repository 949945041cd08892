"""Settings of pip of this user, as far as the pip of a job may have them.

Source: pip's documentation, "Configuration": which files are read, and what goes before what.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_INDEXES: Final = ("index-url", "extra-index-url")
_PLACES: Final = (*_INDEXES, "find-links")
_SETTINGS: Final = (*_PLACES, "no-index", "trusted-host", "proxy")
_FILES: Final = ("cert", "constraint")
"""Settings that name files; a job has copies."""
_MACHINE_FILE: Final = Path("/etc/pip.conf")
_USER_FILE: Final = Path("pip/pip.conf")
_FILE: Final = "file://"
_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL
)
_PACKAGES: Final = (".whl", ".tar.gz")


def write_settings(home: Path) -> None:
    """Write the settings that a job may have into its home."""
    folder = (home / ".config" / _USER_FILE).parent
    folder.mkdir(parents=True, exist_ok=True)
    found = _read()
    for name in _FILES:
        copies = [_copy(name, at, each, folder) for at, each in enumerate(found.get(name, ()))]
        found |= {name: copies} if copies else {}
    kept = _without_passwords(found)
    lines = (f"{name} = {' '.join(each)}\n" for name, each in kept.items() if each)
    (folder / _USER_FILE.name).write_text("[global]\n" + "".join(lines))


def wheel_folders() -> set[str]:
    """Return the folders of this machine that have packages for pip, but none with a home in it."""
    found = _read()
    places = [Path(each) for each in found.get("find-links", ()) if "://" not in each]
    folders = {each.parent if each.is_file() else each for each in places}
    shown = {each for each in folders if each.is_absolute() and _has_packages(each)}
    indexes = (each for name in _INDEXES for each in found.get(name, ()))
    local = {Path(_of_file(each)) for each in indexes if each.startswith(_FILE)}
    shown |= {each for each in local if each.is_dir() and not _holds_own(each)}
    return {path for each in shown for path in (str(each), str(each.resolve()))}


def _copy(setting: str, number: int, named: str, folder: Path) -> str:
    """Copy what a job needs of a file; one that is missing is pip's to report, if it is asked."""
    if "://" in named:
        return named
    file, copy = Path(named).expanduser(), folder / f"{setting}-{number}-{Path(named).name}"
    try:
        text = file.read_text(errors="replace")
    except OSError:
        return named
    copy.write_text(_certificates(text) if setting == "cert" else _plain_lines(named, text))
    return str(Path("/tmp") / copy.relative_to(folder.parents[1]))  # noqa: S108 - as a job sees it


def _plain_lines(named: str, text: str) -> str:
    """Leave out lines that may have a password: with an address, or an option."""
    lines = text.splitlines()
    kept = [each for each in lines if "://" not in each and not each.lstrip().startswith("-")]
    if withheld := len(lines) - len(kept):
        sys.stderr.write(
            f"{withheld} lines of pip's {named} have an address or an option and are kept from the "
            "job\n"
        )
    return "".join(f"{each}\n" for each in kept)


def _certificates(text: str) -> str:
    """Return the certificates of a bundle, and no key that lies beside them."""
    return "\n".join(_CERTIFICATE.findall(text)) + "\n"


def _has_packages(folder: Path) -> bool:
    return not _holds_own(folder) and any(next(folder.glob(f"*{end}"), None) for end in _PACKAGES)


def _holds_own(folder: Path) -> bool:
    """Return whether the user's home, or the project, is in a folder."""
    real = folder.resolve()
    return any(place.resolve().is_relative_to(real) for place in (Path.home(), Path.cwd()))


def _files() -> Iterator[Path]:
    """Yield the files that pip would read; what a later one says goes before."""
    named = os.environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return
    machine = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    yield from (Path(each) / _USER_FILE for each in machine.split(os.pathsep) if each)
    yield _MACHINE_FILE
    if not (named and Path(named).exists()):
        yield Path.home() / ".pip" / "pip.conf"
        yield Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / _USER_FILE
    yield Path(sys.prefix) / "pip.conf"
    if named:
        yield Path(named)


def _read() -> dict[str, list[str]]:
    """Return the words of each setting, where pip has it."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for file in _files():
        parser = configparser.RawConfigParser()
        try:
            parser.read(file)
        except (configparser.Error, UnicodeDecodeError) as error:
            reason = " ".join(str(error).split())
            raise MlopsError(
                f"pip's settings {file} cannot be read: {reason}; correct "
                f"the file, or set PIP_CONFIG_FILE={os.devnull}"
            ) from None
        for name, kept in sections.items():
            if parser.has_section(name):
                kept |= {key.replace("_", "-"): value for key, value in parser.items(name)}
    found = sections["global"] | sections["install"]
    if proxy := os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        found["proxy"] = proxy
    for name in (*_SETTINGS, *_FILES):
        if value := os.environ.get(f"PIP_{name.upper().replace('-', '_')}"):
            found[name] = value
    words: dict[str, list[str]] = {
        name: found[name].split() for name in (*_SETTINGS, *_FILES) if name in found
    }
    if folders := words.get("find-links"):
        words["find-links"] = [_absolute(_of_file(each)) for each in folders]
    return words


def _absolute(place: str) -> str:
    """Name a place that pip would look for below the folder that it is started in."""
    return place if "://" in place else str(Path(place).expanduser().absolute())


def _of_file(place: str) -> str:
    """Return the path of a `file://` address; others stay as they are."""
    return unquote(urlsplit(place).path) if place.startswith(_FILE) else place


def _is_open(word: str) -> bool:
    """Return whether a word of a setting can have no password."""
    return "@" not in word and not ("://" in word and urlsplit(word).query)


def _without_passwords(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """Leave out what has a password; pip must not ask the public index in the place of it."""
    kept = {name: [each for each in found[name] if _is_open(each)] for name in found}
    withheld = [name for name in found if kept[name] != found[name]]
    if any(name in _PLACES for name in withheld):
        indexes = [*kept.pop("index-url", []), *kept.pop("extra-index-url", [])]
        # Without an index-url pip asks pypi.org.
        more = {"index-url": indexes[:1], "extra-index-url": indexes[1:]}
        kept |= more if indexes else {"no-index": ["true"]}
    for name in withheld:
        rest = "; pip in it asks no index" if kept.get("no-index") else ""
        sys.stderr.write(f"pip's setting {name} has a password and is kept from the job{rest}\n")
    return kept
