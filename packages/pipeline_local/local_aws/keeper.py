"""Client side of the server: find, start and stop it."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from mlops_common.errors import MlopsError
from pipeline_local.aws.address import (
    LOG,
    STATE_FOLDER,
    Address,
    living_pid,
    read_address,
    remove_address,
    starting,
)
from pipeline_local.aws.control import ask

DEFAULT_IDLE_SECONDS = 30 * 60.0
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_LOG_BYTES = 1_000_000
FOLDER = STATE_FOLDER


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the server's code, so that an older server is replaced."""
    digest = hashlib.sha256()
    for package in ("aws", "cloudformation", "local_aws"):
        for path in sorted((Path(__file__).parents[1] / package).rglob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def ensure_server(
    folder: Path, idle_seconds: float = DEFAULT_IDLE_SECONDS, pipeline_names: str = ""
) -> Address:
    """Find the server of a state folder, or start it.

    The server stays while this process lives, however long it sends nothing. `pipeline_names` is a
    regular expression with two groups, environment and short name, that splits names of pipelines.
    """
    address = find_server(folder)
    if address is not None and address.version == code_version():
        return address
    with starting(folder):
        address = find_server(folder)  # another command may have started it meanwhile
        if address is not None and address.version == code_version():
            return address
        stop_server(folder)
        return _start(folder, idle_seconds, pipeline_names)


def find_server(folder: Path) -> Address | None:
    """Return the address of a server that answers."""
    address = read_address(folder)
    if address is None or living_pid(folder) is None:
        return None
    try:
        healthy = ask(address, f"health?pid={os.getpid()}") is not None
    except MlopsError:  # another program answers there
        return None
    return address if healthy else None


def stop_server(folder: Path) -> bool:
    """Stop the server of a state folder; its state stays."""
    pid = living_pid(folder)
    if pid is None:
        remove_address(folder)
        return False
    _signal(pid, signal.SIGTERM)
    if not _ended(folder, _STOP_SECONDS):
        # A kill loses nothing: the journal is on disk.
        _signal(pid, signal.SIGKILL)
        if not _ended(folder, _STOP_SECONDS):
            raise MlopsError(f"the local AWS (process {pid}) does not stop")
    remove_address(folder)
    return True


def reset(folder: Path) -> None:
    """Stop the server and delete its state."""
    with starting(folder):
        stop_server(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, idle_seconds: float, pipeline_names: str) -> Address:
    log = folder / LOG
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    source = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH", "")]))
    command = [
        *(sys.executable, "-m", "pipeline_local.local_aws.server"),
        *("--state", str(folder.resolve())),
        *("--idle-seconds", str(idle_seconds)),
        *("--pipeline-names", pipeline_names),
    ]
    process = start_detached(command, folder, log, PYTHONPATH=search)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        address = read_address(folder)
        if address is not None and address.pid == process.pid and find_server(folder):
            process.returncode = 0  # it is on its own now; Popen must not warn that it runs
            return address
        if process.poll() is not None:
            break
        time.sleep(0.02)
    else:
        process.kill()
        process.wait()
    lines = log.read_text(errors="replace").strip().splitlines()
    reason = lines[-1] if lines else "its log is empty"
    raise MlopsError(f"the local AWS did not start: {reason} (log: {log})")


def start_detached(
    command: list[str], folder: Path, log: Path, **variables: str
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, without the user's AWS variables."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTO_"))}
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**kept, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _ended(folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if living_pid(folder) is None:
            return True
        time.sleep(0.02)
    return False


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
