"""Finding, starting and stopping the server, from the side of the commands."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mlops_common.errors import MlopsError
from pipeline_local.local_aws.address import (
    LOG,
    Address,
    living_pid,
    read_address,
    remove_address,
    starting,
)
from pipeline_local.local_aws.variables import code_version
from pipeline_local.local_aws.wsgi_journal import CONTROL, TOKEN_HEADER

DEFAULT_IDLE_SECONDS = 30 * 60.0
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_ANSWER_SECONDS = 10.0
_LOG_BYTES = 1_000_000
_OK = 200
# Where the state is, below the project.
FOLDER = Path("build") / "local-aws"


def state_folder() -> Path:
    """Find the project's state folder.

    Returns
    -------
    Path
        ``build/local-aws`` of the project that the command is run in.
    """
    from cloud_assembly.project import project_root

    return project_root() / FOLDER


def ensure_server(folder: Path, idle_seconds: float = DEFAULT_IDLE_SECONDS) -> Address:
    """Find the server of a state folder, or start it.

    The server stays while this process lives, however long it sends nothing.
    """
    address = find_server(folder)
    if address is not None and address.version == code_version():
        return address
    with starting(folder):
        address = find_server(folder)  # another command may have started it meanwhile
        if address is not None and address.version == code_version():
            return address
        stop_server(folder)
        return _start(folder, idle_seconds)


def find_server(folder: Path) -> Address | None:
    """Find a server that answers."""
    address = read_address(folder)
    if address is None or living_pid(folder) is None:
        return None
    try:
        healthy = ask(address, f"health?pid={os.getpid()}") is not None
    except MlopsError:  # what answers there is another one
        return None
    return address if healthy else None


def ask(address: Address, name: str, content: object = None) -> dict[str, Any] | None:
    """Ask a server's control address.

    Parameters
    ----------
    name : str
        ``health``, ``status``, ``event-targets``, ``functions``, ``events`` or ``stop``.
    content : Any, optional
        Sent as JSON.
    """
    # Not urllib: a proxy of the environment must not see loopback traffic.
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=_ANSWER_SECONDS)
    try:
        method = "GET" if content is None else "POST"
        body = None if content is None else json.dumps(content)
        connection.request(method, CONTROL + name, body, {TOKEN_HEADER: address.token})
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    if response.status != _OK:
        raise MlopsError(f"the local AWS refused {name}: {answer.get('message')}")
    return answer


def stop_server(folder: Path) -> bool:
    """Stop the server of a state folder; its state stays."""
    pid = living_pid(folder)
    if pid is None:
        remove_address(folder)
        return False
    _signal(pid, signal.SIGTERM)
    if not _ended(folder, _STOP_SECONDS):
        # It holds nothing that a kill could lose.
        _signal(pid, signal.SIGKILL)
        if not _ended(folder, _STOP_SECONDS):
            raise MlopsError(f"the local AWS (process {pid}) does not end")
    remove_address(folder)
    return True


def reset(folder: Path) -> None:
    """Stop the server and forget its state."""
    with starting(folder):
        stop_server(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, idle_seconds: float) -> Address:
    log = folder / LOG
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    source = str(Path(__file__).resolve().parents[2])
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTO_"))}
    search = os.pathsep.join(filter(None, [source, kept.get("PYTHONPATH", "")]))
    with log.open("ab") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                *("-m", "pipeline_local.local_aws.server"),
                *("--state", str(folder.resolve())),
                *("--idle-seconds", str(idle_seconds)),
            ],
            cwd=folder,
            env={**kept, "PYTHONPATH": search},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
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
    reason = lines[-1] if lines else "it said nothing"
    raise MlopsError(f"the local AWS did not start: {reason} (log: {log})")


def _ended(folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if living_pid(folder) is None:
            return True
        time.sleep(0.02)
    return False


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
