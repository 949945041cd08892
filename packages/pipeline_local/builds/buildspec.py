"""A buildspec file, parsed and validated.

Source: AWS CodeBuild User Guide, "Build specification reference for CodeBuild".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PHASES = ("install", "pre_build", "build", "post_build")
SHELLS = ("bash", "/bin/sh")
REPORT_FORMATS = (
    *("JUNITXML", "CUCUMBERJSON", "NUNITXML", "NUNIT3XML", "TESTNGXML", "VISUALSTUDIOTRX"),
    *("CLOVERXML", "COBERTURAXML", "JACOCOXML", "SIMPLECOV"),
)
_TOP = ("version", "env", "phases", "reports", "artifacts", "cache", "run-as")
_ENV = ("shell", "variables", "parameter-store", "secrets-manager", "exported-variables")
_PHASE = ("run-as", "on-failure", "commands", "finally", "runtime-versions")
_FILES = ("files", "base-directory", "discard-paths", "exclude-paths")
_ARTIFACTS = (*_FILES, "name", "secondary-artifacts")
_REPORT = (*_FILES, "file-format")
_UNSUPPORTED = {
    "batch": "batch builds are several builds",
    "proxy": "a local build has no proxy",
    "git-credential-helper": "the source is copied, not cloned",
    "enable-symlinks": "links are stored as what they lead to",
    "s3-prefix": "it is for builds started by hand in the console",
}


@dataclass(frozen=True)
class Phase:
    """One phase."""

    commands: tuple[str, ...] = ()
    last: tuple[str, ...] = ()  # `finally`: run after the commands in any case
    goes_on: bool | None = None  # after a failure; None: CodeBuild's default


@dataclass(frozen=True)
class FileSet:
    """Files to keep."""

    files: tuple[str, ...]  # patterns, **/* for everything
    excluded: tuple[str, ...] = ()
    base: str = "."
    flat: bool = False
    name: str = ""  # of the artifact; of a report its format


@dataclass(frozen=True)
class Buildspec:
    """The whole file."""

    shell: str = "/bin/sh"  # bash or /bin/sh
    variables: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()  # variables that the build exports
    phases: dict[str, Phase] = field(default_factory=dict)
    reports: dict[str, FileSet] = field(default_factory=dict)
    artifacts: FileSet | None = None
    secondary: dict[str, FileSet] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_buildspec(path: Path) -> Buildspec:
    """Read a buildspec file; report all mistakes at once."""
    try:
        document = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise MlopsError(f"{path}: does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise MlopsError(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise MlopsError(f"{path}: is not YAML: {where}") from None
    reader = _Reader()
    found = reader.read(document)
    if reader.problems:
        raise MlopsError(*(f"{path}: {line}" for line in reader.problems))
    return found


class _Reader:
    def __init__(self) -> None:
        self.problems: list[str] = []
        self._notes: list[str] = []

    def read(self, document: Any) -> Buildspec:
        top = self._mapping(document, "the file", _TOP)
        if str(top.get("version")) != "0.2":
            self.problems.append(f"version: {top.get('version')!r}; only 0.2 can be executed")
        env = self._mapping(top.get("env"), "env", _ENV)
        shell = env.get("shell", "/bin/sh")
        if shell not in SHELLS:
            self.problems.append(f"env.shell: {shell!r} is not one of {', '.join(SHELLS)}")
        if "cache" in top:
            self._notes.append("cache: nothing is kept from one build to the next")
        phases = self._mapping(top.get("phases"), "phases", PHASES)
        if not phases:
            self.problems.append("phases: is missing or empty")
        primary, secondary = self._artifacts(top.get("artifacts"))
        return Buildspec(
            shell=str(shell),
            variables=self._texts(env.get("variables"), "env.variables"),
            parameters=self._texts(env.get("parameter-store"), "env.parameter-store"),
            secrets=self._texts(env.get("secrets-manager"), "env.secrets-manager"),
            exported=self._list(env.get("exported-variables"), "env.exported-variables"),
            phases={name: self._phase(phases[name], name) for name in PHASES if name in phases},
            reports=self._reports(top.get("reports")),
            artifacts=primary,
            secondary=secondary,
            notes=tuple(self._notes),
        )

    def _phase(self, value: Any, name: str) -> Phase:
        where = f"phases.{name}"
        body = self._mapping(value, where, _PHASE)
        if "run-as" in body:
            self._notes.append(f"{where}.run-as: commands run as you")
        for runtime, version in self._texts(
            body.get("runtime-versions"), f"{where}.runtime-versions"
        ).items():
            note = f"{where}.runtime-versions: {runtime} is the one of this machine, not {version}"
            self._notes.append(note)
        if "runtime-versions" in body and name != "install":
            self.problems.append(f"{where}.runtime-versions: belongs to phases.install")
        failure = body.get("on-failure")
        if failure not in {None, "ABORT", "CONTINUE"}:
            self.problems.append(f"{where}.on-failure: {failure!r}; ABORT and CONTINUE are known")
        return Phase(
            self._list(body.get("commands"), f"{where}.commands"),
            self._list(body.get("finally"), f"{where}.finally"),
            None if failure is None else failure == "CONTINUE",
        )

    def _reports(self, value: Any) -> dict[str, FileSet]:
        found = {}
        for name, body in self._mapping(value, "reports", None).items():
            where = f"reports.{name}"
            files = self._mapping(body, where, _REPORT)
            form = str(files.get("file-format", "JUNITXML")).upper()
            if form not in REPORT_FORMATS:
                self.problems.append(f"{where}.file-format: {form!r} is not supported")
            found[str(name)] = self._files(files, where, form)
        return found

    def _artifacts(self, value: Any) -> tuple[FileSet | None, dict[str, FileSet]]:
        if value is None:
            return None, {}
        body = self._mapping(value, "artifacts", _ARTIFACTS)
        place, secondary = "artifacts.secondary-artifacts", {}
        for name, files in self._mapping(body.get("secondary-artifacts"), place, None).items():
            where = f"{place}.{name}"
            known = self._mapping(files, where, (*_FILES, "name"))
            secondary[str(name)] = self._files(known, where, str(known.get("name", name)))
        if "files" not in body and secondary:
            return None, secondary
        return self._files(body, "artifacts", str(body.get("name", ""))), secondary

    def _files(self, body: dict[str, Any], where: str, name: str) -> FileSet:
        files = self._list(body.get("files"), f"{where}.files")
        if not files:
            self.problems.append(f"{where}.files: is missing")
        flat = body.get("discard-paths", "no")
        return FileSet(
            files,
            self._list(body.get("exclude-paths"), f"{where}.exclude-paths"),
            str(body.get("base-directory", ".")),
            str(flat).lower() in {"yes", "true"},
            name,
        )

    def _mapping(self, value: Any, where: str, known: Iterable[str] | None) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problems.append(f"{where}: is not a mapping")
            return {}
        for key in value if known is not None else ():
            if key not in set(known or ()):
                why = _UNSUPPORTED.get(str(key))
                place = str(key) if where == "the file" else f"{where}.{key}"
                reason = f"cannot be executed here: {why}" if why else "is not known"
                self.problems.append(f"{place}: {reason}")
        return value

    def _texts(self, value: Any, where: str) -> dict[str, str]:
        found = {}
        for name, text in self._mapping(value, where, None).items():
            if isinstance(text, (dict, list)) or text is None:
                self.problems.append(f"{where}.{name}: is not a text")
            found[str(name)] = text if isinstance(text, str) else str(text)
        return found

    def _list(self, value: Any, where: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            self.problems.append(f"{where}: is not a list")
            return ()
        for item in value:
            if not isinstance(item, str):
                self.problems.append(f"{where}: {item!r} is not a text")
        return tuple(str(item) for item in value)
