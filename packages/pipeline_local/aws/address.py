"""Address of the server of a state folder, and its lock."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE_FOLDER = Path("build") / "local-aws"  # below a project
LOG = "server.log"
_ADDRESS = "server.json"
_LIFE = "server.lock"
_STARTING = "start.lock"


@dataclass(frozen=True)
class Address:
    """A running server, with the token of its control addresses."""

    pid: int
    port: int
    token: str
    version: str

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self.port}"


def read_address(folder: Path) -> Address | None:
    """Read the server's recorded address."""
    try:
        return Address(**json.loads((folder / _ADDRESS).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_address(folder: Path, address: Address) -> None:
    """Record the server's address, readable by the user only because of the token."""
    path = folder / _ADDRESS
    write_atomically(path, json.dumps(asdict(address)))
    path.chmod(0o600)


def remove_address(folder: Path) -> None:
    """Remove the server's recorded address."""
    path = folder / _ADDRESS
    if path.exists():  # in a folder that may only be read, looking is all one can do
        path.unlink(missing_ok=True)


def hold_life(folder: Path) -> int | None:
    """Acquire the lock that a server holds while it lives; the kernel frees it at any death."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / _LIFE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    return handle


def living_pid(folder: Path) -> int | None:
    """Return the process that holds the lock."""
    try:
        handle = os.open(folder / _LIFE, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(handle, 32).decode()
        return int(text) if text.isdigit() else None
    else:
        return None
    finally:
        os.close(handle)


@contextmanager
def starting(folder: Path) -> Iterator[None]:
    """Keep two commands from starting two servers: the second waits for the first."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _STARTING, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise MlopsError(
            f"{folder}: the local AWS cannot keep its state here: {error.strerror}"
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
