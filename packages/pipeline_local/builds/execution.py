"""A build from its first phase to its last, in CodeBuild's order and with its exceptions.

Source: AWS CodeBuild User Guide, "Build phase transitions" and "Environment variables in build
environments".
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.builds import keeping
from pipeline_local.builds.buildspec import PHASES, Phase
from pipeline_local.builds.shell import BuildTimeout, Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipeline_local.builds.buildspec import Buildspec

SUCCEEDING = "CODEBUILD_BUILD_SUCCEEDING"
UPLOAD = "upload_artifacts"


@dataclass
class PhaseEnd:
    """The outcome of a phase."""

    name: str
    succeeded: bool
    seconds: float
    message: str = ""  # the command that failed, and its exit code


@dataclass
class BuildEnd:
    """The outcome of a build."""

    build_id: str
    folder: Path  # source, log, artifacts and reports
    phases: list[PhaseEnd] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)  # the primary one is ""
    reports: dict[str, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Return whether every phase succeeded."""
        return all(phase.succeeded for phase in self.phases)

    @property
    def failure(self) -> str:
        """Return the first failure, or an empty text."""
        failed = (f"{each.name}: {each.message}" for each in self.phases if not each.succeeded)
        return next(failed, "")

    def facts(self) -> dict[str, Any]:
        """Return the outcome for `--json`."""
        return {
            "build": self.build_id,
            "succeeded": self.succeeded,
            "failure": self.failure,
            "folder": str(self.folder),
            "phases": [vars(each) for each in self.phases],
            "exported": self.exported,
            "artifacts": {name: str(path) for name, path in self.artifacts.items()},
            "reports": {name: str(path) for name, path in self.reports.items()},
            "notes": self.notes,
        }


@dataclass
class Execution:
    """One build; `end` is filled while it runs."""

    spec: Buildspec
    source: Path
    variables: dict[str, str]
    end: BuildEnd
    log: IO[bytes]
    seconds: float
    wrap: Callable[[Sequence[str]], list[str]]
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        """Prepare the shell; the build's time starts here."""
        self._shell = Shell(
            self.spec.shell,
            self.source,
            environment={**self.variables, SUCCEEDING: "1"},
            log=self.log,
            deadline=time.monotonic() + self.seconds,
            wrap=self.wrap,
        )

    def run(self) -> BuildEnd:
        """Run all phases."""
        try:
            if self._phases():
                self._upload()
            variables = self._shell.environment
            names = self.spec.exported
            self.end.exported = {name: variables[name] for name in names if name in variables}
        except BuildTimeout as error:
            running = self.end.phases[-1]
            running.succeeded, running.message = False, str(error)
        finally:
            self._shell.close()
        return self.end

    def _phases(self) -> bool:
        """Run the phases; return whether the build reached the end of the last one."""
        for name in PHASES:
            phase = self.spec.phases.get(name, Phase())
            if self._phase(name, phase):
                continue
            if phase.goes_on is None:
                # post_build runs after a failed build, build not after a failed preparation.
                if name in {"install", "pre_build"}:
                    return False
            elif not phase.goes_on:
                return False
        return True

    def _phase(self, name: str, phase: Phase) -> bool:
        started = time.monotonic()
        end = PhaseEnd(name, succeeded=True, seconds=0.0)
        self.end.phases.append(end)
        if phase.commands or phase.last:
            self.say(f"{name}: started")
        try:
            self._commands(phase.commands, end)
            self._commands(phase.last, end)
        finally:
            end.seconds = round(time.monotonic() - started, 3)
        if not end.succeeded:
            self.say(f"{name}: failed: {end.message}")
            self._shell.set(SUCCEEDING, "0")
        return end.succeeded

    def _commands(self, commands: Sequence[str], end: PhaseEnd) -> None:
        for command in commands:
            self.log.write(f"[{end.name}] {command}\n".encode())
            self.log.flush()
            code = self._shell.run(command)
            if code != 0:
                shown = command.strip().splitlines()[0]
                end.message = end.message or f"`{shown}` exited with {code}"
                end.succeeded = False
                return

    def _upload(self) -> None:
        """Keep reports and artifacts, also those of a failed build."""
        spec, folder = self.spec, self.end.folder
        if spec.artifacts is None and not spec.secondary and not spec.reports:
            return
        started = time.monotonic()
        end = PhaseEnd(UPLOAD, succeeded=True, seconds=0.0)
        self.end.phases.append(end)
        try:
            for group, files in spec.reports.items():
                kept = keeping.keep_reports(self.source, files, folder / "reports" / group)
                if kept is not None:
                    self.end.reports[group] = kept
                else:
                    self.end.notes.append(f"reports.{group}: no file matches")
            wanted = {} if spec.artifacts is None else {"": spec.artifacts}
            for name, files in {**wanted, **spec.secondary}.items():
                target = folder / "artifacts" / f"{name or 'primary'}.zip"
                self.end.artifacts[name] = keeping.keep_artifact(self.source, files, target)
        except MlopsError as error:
            end.succeeded, end.message = False, str(error)
            self.say(f"{UPLOAD}: failed: {error}")
        end.seconds = round(time.monotonic() - started, 3)
