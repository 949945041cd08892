"""The terminal of the person who debugs a job: keys go to the job, its output comes back.

The job gets a terminal of its own, so that it can be killed with everything it has; what it prints
is in its log as always.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import sys
import termios
import threading
import tty
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL_SECONDS = 0.05
_CHUNK_BYTES = 65_536
_END_OF_INPUT = b"\x04"  # as Ctrl-D


def check() -> None:
    """Refuse to debug where no person can type."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise MlopsError("--debug: standard input and output are not a terminal")


@contextmanager
def attached(log: Path) -> Iterator[str]:
    """Yield the name of a terminal that is connected to this process's own, and to a log."""
    person, job = pty.openpty()
    screen = sys.stdin.fileno(), sys.stdout.fileno()
    size = fcntl.ioctl(screen[0], termios.TIOCGWINSZ, bytes(8))
    fcntl.ioctl(job, termios.TIOCSWINSZ, size)
    before = termios.tcgetattr(screen[0])
    ended = threading.Event()
    relay = threading.Thread(target=_relay, args=(person, screen, log, ended), daemon=True)
    try:
        # Each key is the job's, Ctrl-C included.
        tty.setraw(screen[0])
        relay.start()
        yield os.ttyname(job)
    finally:
        ended.set()
        relay.join()
        with suppress(termios.error):
            termios.tcsetattr(screen[0], termios.TCSADRAIN, before)
        os.close(job)
        os.close(person)


def _relay(person: int, screen: tuple[int, int], log: Path, ended: threading.Event) -> None:
    keys, shown = screen
    sources = [keys, person]
    with log.open("ab", buffering=0) as file:
        while True:
            last = ended.is_set()
            ready, _, _ = select.select(sources, [], [], 0 if last else _POLL_SECONDS)
            if person in ready:
                printed = os.read(person, _CHUNK_BYTES)
                with suppress(OSError):  # the person has left
                    os.write(shown, printed)
                file.write(printed.replace(b"\r\n", b"\n"))
            elif last:
                return
            if keys in ready and not last:
                typed = b""
                with suppress(OSError):
                    typed = os.read(keys, _CHUNK_BYTES)
                os.write(person, typed or _END_OF_INPUT)
                if not typed:
                    sources.remove(keys)
