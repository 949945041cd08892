"""No test reads the checkout's settings, which are the adopter's: an audit hook refuses it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environments.loading import VARIABLE
from tests.synthesis import SHIPPED_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

# Programs that read settings; as processes of their own they have to be given the variable.
READERS = ("mlops.command_line", "bin/mlops", "bin/cdk", "app.py", "-m pytest")
_lifted: list[bool] = []


def install() -> None:
    """Refuse from now on, for as long as this process lives."""
    sys.addaudithook(_refuse)


@contextmanager
def lifted() -> Iterator[Path]:
    """Allow it, to the test that they load and to copies of all files; gives the folder."""
    _lifted.append(True)
    try:
        yield SHIPPED_SETTINGS
    finally:
        _lifted.pop()


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and not _lifted:
        _refuse_file(arguments[0])
    elif event == "subprocess.Popen":
        _refuse_process(arguments[1], arguments[3])


def _refuse_file(name: object) -> None:
    if isinstance(name, str | bytes | os.PathLike) and (text := os.fsdecode(name)).endswith("yaml"):
        path = Path(text).absolute()
        if path.parent == SHIPPED_SETTINGS:
            raise AssertionError(f"a test reads {path}; tests have their own: tests/settings")


def _refuse_process(words: Any, variables: Any) -> None:
    line = words if isinstance(words, str) else " ".join(map(os.fsdecode, words))
    given = variables is None or VARIABLE in variables
    if not given and any(reader in line for reader in READERS):
        raise AssertionError(f"a test runs {line[:200]!r} without {VARIABLE}: tests/settings")
