"""A network namespace for a build, which reaches only named ports of this machine's loopback.

For each allowed port the program listens on the namespace's loopback device, and a process outside
forwards connections to the same port of the machine. It imports little: every build starts it.

Source: network_namespaces(7), unix(7) on passing descriptors.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
from functools import cache

from mlops_common.processes import own_program
from pipeline_local.jobs import namespaces

_CHUNK = 65536
_BEYOND_SHELLS = 100


def main(text: str) -> int:
    """Run the command that the JSON text describes: ``ports``, ``command``, ``parent``."""
    facts = json.loads(text)
    namespaces.die_with(facts["parent"])
    here, there = socket.socketpair()
    if os.fork() == 0:
        here.close()
        _carry(there)
        os._exit(0)
    there.close()
    try:
        namespaces.enter_namespaces(isolated=True)
        namespaces.enter_process_namespace()
    except OSError as error:
        sys.stderr.write(f"the kernel refuses a namespace: {error}\n")
        return namespaces.REFUSED
    listening = [_listen(port) for port in facts["ports"]]
    names = json.dumps(facts["ports"]).encode()
    socket.send_fds(here, [names], [each.fileno() for each in listening])
    # Its end ends the forwarding process. Shells use the low numbers themselves.
    os.set_inheritable(fcntl.fcntl(here.fileno(), fcntl.F_DUPFD, _BEYOND_SHELLS), True)
    namespaces.die_with(facts["parent"])
    # The first process of its namespace: when it ends, so does all that the build has started.
    return namespaces.wait_for_first(facts["command"])


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(64)
    return listening


def _carry(cell: socket.socket) -> None:
    """Forward connections of the sockets that the namespace sends, until the build is over."""
    os.setsid()
    names, descriptors, _, _ = socket.recv_fds(cell, 4096, 64)
    if not descriptors:
        return
    for port, descriptor in zip(json.loads(names), descriptors, strict=True):
        listening = socket.socket(fileno=descriptor)
        threading.Thread(target=_accept, args=(listening, port), daemon=True).start()
    with contextlib.suppress(OSError):
        cell.recv(1)


def _accept(listening: socket.socket, port: int) -> None:
    while True:
        inside, _ = listening.accept()
        try:
            outside = socket.create_connection(("127.0.0.1", port))
        except OSError:
            inside.close()
            continue
        for one, other in ((inside, outside), (outside, inside)):
            threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@cache
def network_note() -> str | None:
    """Return why builds share this machine's network, or None when they have their own."""
    code = (
        "from pipeline_local.jobs.namespaces import enter_namespaces;"
        " enter_namespaces(isolated=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    if done.returncode == 0:
        return None
    return (
        "this machine gives no network namespaces (unshare): the build has this machine's network, "
        "not one that reaches only the local AWS and the package index"
    )


def wrap(ports: tuple[int, ...], command: list[str]) -> list[str]:
    """Return the command line that runs a command in such a network."""
    facts = {"ports": list(ports), "command": command, "parent": os.getpid()}
    return own_program(__name__, json.dumps(facts))
