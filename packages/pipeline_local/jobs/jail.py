"""Program that starts the hosts of one job in namespaces of their own.

Each host has what a SageMaker container has: its own files (`job_root`), name and processes, the
other hosts by their names, and, with network isolation, only the loopback device of the job's
hosts.

It is a program because a process can change its namespaces safely only while it has a single
thread. It imports the standard library and modules that do, too. It dies with its parent, and the
job with it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_local.jobs import job_root
from pipeline_local.jobs.namespaces import (
    REFUSED,
    die_with,
    die_with_parent,
    enter_host_namespaces,
    enter_namespaces,
    exit_status,
    give_capabilities_up,
)
from pipeline_local.jobs.system_calls import refuse_administration

if TYPE_CHECKING:
    from collections.abc import Callable

# Exit statuses of shells for a command that does not exist, and for one that cannot be executed.
NOT_FOUND, NOT_EXECUTABLE = 127, 126

# The start of every message about a start that the kernel refused.
COMPLAINTS = ("the kernel refuses", "cannot set up")


@dataclass(frozen=True)
class HostSpec:
    """The process of one host."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    directory: str
    folder: str  # has `ml`, which the job sees as /opt/ml, `tmp` and, for its root, `root`
    log: str
    terminal: str = ""  # its standard streams, in place of the log


@dataclass(frozen=True)
class JailSpec:
    """A job's hosts, and what they have in common."""

    hosts: tuple[HostSpec, ...]
    addresses: str
    ended_first: str
    shown: tuple[str, ...]
    covered: tuple[tuple[str, str], ...]
    isolated: bool
    namespaces: bool
    parent: int


def main(text: str) -> int:
    """Run the job that the JSON text describes.

    Return 0 when every host succeeded, else the exit status of the host that failed first, as
    shells report it. The others are killed then, as SageMaker stops the instances of a failed job.
    """
    facts = json.loads(text)
    hosts = tuple(HostSpec(**each) for each in facts.pop("hosts"))
    spec = JailSpec(hosts=hosts, **facts)
    die_with(spec.parent)
    if spec.namespaces:
        try:
            enter_namespaces(spec.isolated)
        except OSError as error:
            with Path(spec.hosts[0].log).open("a") as log:
                log.write(f"the kernel refuses a namespace: {error}\n")
            return REFUSED
    running = {_started(_run_host, spec, host): host for host in spec.hosts}
    # A change of credentials (unshare) clears the death signal; children set their own after it.
    die_with(spec.parent)
    failed = 0
    while running:
        child, status = os.wait()
        host = running.pop(child)
        code = os.waitstatus_to_exitcode(status)
        if code and not failed:
            failed = code
            Path(spec.ended_first).write_text(host.name)
            for other in running:
                os.kill(other, signal.SIGKILL)
    return exit_status(failed)


def _started(work: Callable[[JailSpec, HostSpec], int], spec: JailSpec, host: HostSpec) -> int:
    """Start a process that dies with this one, also if that has died already."""
    alive, keep_open = os.pipe()
    child = os.fork()
    if child:
        os.close(alive)
        return child
    os.close(keep_open)
    die_with_parent()
    if select.select([alive], [], [], 0)[0]:  # its other end is closed: too late
        os._exit(REFUSED)
    os._exit(exit_status(work(spec, host)))


def _run_host(spec: JailSpec, host: HostSpec) -> int:
    """Wait for the job of a host, the first process of its own namespace."""
    log = os.open(host.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if spec.namespaces:
        try:
            enter_host_namespaces(host.name)
        except OSError as error:
            _say(f"the kernel refuses a namespace: {error}")
            return REFUSED
    _, status = os.waitpid(_started(_become_job, spec, host), 0)
    return os.waitstatus_to_exitcode(status)


def _become_job(spec: JailSpec, host: HostSpec) -> int:
    try:
        if spec.namespaces:
            _enter_root(spec, host)
            give_capabilities_up()
        if host.terminal:
            _take_terminal(host.terminal)
        os.chdir(host.directory)
        if spec.namespaces:
            refuse_administration()
    except OSError as error:
        _say(f"cannot set up the job's view of the machine: {error}")
        return REFUSED
    # What is wrong from here on is wrong with the program.
    try:
        os.execvpe(host.command[0], list(host.command), host.environment)  # noqa: S606 - no shell
    except (OSError, ValueError) as error:
        _say(f"cannot start {host.command[0]}: {error}")
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE


def _enter_root(spec: JailSpec, host: HostSpec) -> None:
    folder = Path(host.folder)
    root = job_root.JobRoot(
        folder=folder / "root",
        content=str(folder / "ml"),
        temporary=str(folder / "tmp"),
        addresses=spec.addresses,
        shown=spec.shown,
        covered=spec.covered,
        terminal=host.terminal,
    )
    job_root.enter(root)


def _take_terminal(name: str) -> None:
    """Make a terminal the one of this process and of what it starts."""
    os.setsid()
    terminal = os.open(name, os.O_RDWR)
    for stream in range(3):
        os.dup2(terminal, stream)


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
