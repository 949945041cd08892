"""Processes of the tool: how they are started, and how they end with it."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


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
