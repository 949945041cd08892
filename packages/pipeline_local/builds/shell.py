"""The one shell of a build, whose directory and variables last from command to command."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.jobs.namespaces import exit_status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# The shell reads the names of files with commands, and answers with their exit codes. It notes
# directory and variables after each command: a command may end it (`exit`, `set -e`).
_DRIVER = """
exec 3<"$CODEBUILD_SHELL_NOTES/commands" 4>"$CODEBUILD_SHELL_NOTES/answers"
note() { env -0 > "$1/environment.new" && mv "$1/environment.new" "$1/environment"
  pwd > "$1/directory"; }
trap 'note "$CODEBUILD_SHELL_NOTES"' EXIT
while IFS= read -r file <&3; do
  . "$file" 3<&- 4>&-
  code=$?
  note "$CODEBUILD_SHELL_NOTES"
  printf '%s\\n' "$code" >&4
done
trap - EXIT
"""
_NOTES = "CODEBUILD_SHELL_NOTES"
_POLL_SECONDS = 0.05


class BuildTimeout(MlopsError):  # noqa: N818 - the outcome of a build, not a mistake in the tool
    """The timeout of a build."""


@dataclass
class Shell:
    """A shell that outlives its commands, killed at `deadline` (`time.monotonic`)."""

    program: str
    directory: Path
    environment: dict[str, str]
    log: IO[bytes]
    deadline: float
    wrap: Callable[[Sequence[str]], list[str]]
    _process: subprocess.Popen[bytes] | None = None
    _commands: int | None = None
    _answers: int | None = None

    def __post_init__(self) -> None:
        """Create the folder of the pipes and notes."""
        self._scratch = tempfile.TemporaryDirectory(prefix="build-shell-")
        self._notes = Path(self._scratch.name)

    def run(self, command: str) -> int:
        """Run a command after the ones before it; raise `BuildTimeout` at the deadline."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._process is not None  # noqa: S101 - it was started above
        assert self._commands is not None  # noqa: S101
        file = self._notes / "command"
        file.write_text(command + "\n")
        os.write(self._commands, f"{file}\n".encode())
        code = self._answer(self._process)
        self._read_notes()
        return code

    def set(self, name: str, value: str) -> None:
        """Set a variable for the commands to come."""
        self.run(f"export {name}='{value}'")

    def close(self) -> None:
        """End the shell and what it started."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._close_pipes()
        self._scratch.cleanup()

    def _start(self) -> None:
        self._close_pipes()
        # Named pipes: a plain /bin/sh knows descriptors of one digit only.
        for name in ("commands", "answers"):
            (self._notes / name).unlink(missing_ok=True)
            os.mkfifo(self._notes / name)
        driver = self._notes / "driver"
        driver.write_text(_DRIVER)
        # Open at both ends, so that neither side waits for the other or hears its end.
        self._commands = os.open(self._notes / "commands", os.O_RDWR)
        self._answers = os.open(self._notes / "answers", os.O_RDWR | os.O_NONBLOCK)
        self._process = subprocess.Popen(
            self.wrap([self.program, str(driver)]),
            cwd=self.directory,
            env={**self.environment, _NOTES: str(self._notes)},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def _answer(self, process: subprocess.Popen[bytes]) -> int:
        while (answer := self._read_answer()) is None:
            code = process.poll()
            if code is not None:
                answer = self._read_answer()  # written before it ended
                return exit_status(code) if answer is None else answer
            if time.monotonic() > self.deadline:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise BuildTimeout("timeout: the build was stopped")
            time.sleep(_POLL_SECONDS)
        return answer

    def _read_answer(self) -> int | None:
        try:
            text = os.read(self._answers or 0, 64).decode().strip()
        except BlockingIOError:
            return None
        return int(text) if text else None

    def _close_pipes(self) -> None:
        for pipe in (self._commands, self._answers):
            if pipe is not None:
                os.close(pipe)
        self._commands = self._answers = None

    def _read_notes(self) -> None:
        environment, directory = self._notes / "environment", self._notes / "directory"
        if environment.is_file():
            pairs = environment.read_bytes().decode(errors="surrogateescape").split("\0")
            known = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
            known.pop(_NOTES, None)
            self.environment = known
        if directory.is_file():
            self.directory = Path(directory.read_text().rstrip("\n"))
