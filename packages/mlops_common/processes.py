"""Processes of the tool: how they are started, and how they end with it."""

from __future__ import annotations

import atexit
import fcntl
import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType
    from typing import IO

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_POLL_SECONDS = 0.1
# Only the main thread gets signals; those that wait for a program or a lock learn of them here.
_stopped = threading.Event()
_running: set[subprocess.Popen[str]] = set()


def own_program(module: str, argument: str, *flags: str) -> list[str]:
    """Return a command line for a module's ``main``, independent of directory and variables."""
    place = str(Path(__file__).resolve().parent.parent)
    code = (
        f"import sys; sys.path.insert(0, {place!r}); from {module} import main; "
        "sys.exit(main(sys.argv[1]))"
    )
    return [sys.executable, "-I", *flags, "-c", code, argument]


def collect_rarely() -> None:
    """Spare a program the search for cycles among what it keeps until its end."""
    # Models of APIs and constructs are a million objects: a third of a synthesis's processor time.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)


def end_with_parent(parent: int | None = None) -> None:
    """Have the kernel end this process with its parent, killed or not; on Linux only.

    The parent's id is needed where that may be 1, as of a container's only program.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent if parent else os.getppid() == 1:  # it has ended already
        os._exit(1)


def stop_on_termination() -> None:
    """Have a polite kill (SIGTERM) end the work the way Ctrl-C does."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


def stop_threads() -> None:
    """End what threads wait for in `run_captured` and `lock`, which then raise."""
    _stopped.set()
    for process in list(_running):
        process.kill()


def run_captured(
    command: Sequence[str], folder: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a program that ends with what waits for it, and return what it wrote."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=folder, env=variables, stdout=pipe, stderr=pipe, text=True
    ) as process:
        _running.add(process)
        try:
            _raise_if_stopped()
            output, errors = process.communicate()
            _raise_if_stopped()
        except BaseException:
            process.kill()
            raise
        finally:
            _running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def lock(file: IO[str]) -> None:
    """Wait until no other process has locked a file, and lock it."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _stopped.wait(_POLL_SECONDS)
            _raise_if_stopped()
        else:
            return


def _raise_if_stopped() -> None:
    if _stopped.is_set():
        raise KeyboardInterrupt
