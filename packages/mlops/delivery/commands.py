"""Execution of the project's own commands, with their output passed through."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class CommandEnd:
    """Exit code and output of a command."""

    shown: str
    code: int
    lines: tuple[str, ...]

    def check(self) -> None:
        """Raise an error if it failed."""
        if self.code != 0:
            raise MlopsError(f"`{self.shown}` ended with {self.code}; see above")


def run_command(command: Sequence[str], root: Path, *, check: bool = True) -> CommandEnd:
    """Run a tool of the project's environment, passing its output through."""
    tools = Path(sys.executable).parent
    path = os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)])
    shown = " ".join(command)
    sys.stdout.write(f"$ {shown}\n")
    sys.stdout.flush()
    lines = []
    with subprocess.Popen(
        command, cwd=root, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was requested
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line.rstrip("\n"))
    end = CommandEnd(shown, process.returncode, tuple(lines))
    if check:
        end.check()
    return end
