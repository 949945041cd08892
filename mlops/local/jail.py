"""Start the hosts of one job in namespaces of their own; a program, run by `mlops.local.sandbox`.

Each host sees what a SageMaker container would: its own `/opt/ml`, name and processes, the other
hosts by their names, and, with network isolation, no network but the loop-back device that the
hosts of the job share. The interpreter is this machine's, mounted read-only.

It is a program and not a library because the namespaces of a process can only be changed safely
while it has a single thread. It imports nothing but the standard library. It dies with whoever
started it, and the job dies with it: a killed runner leaves no stray process.

Sources: unshare(2), user_namespaces(7), pid_namespaces(7), mount(2), prctl(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# <sched.h>
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x10000000, 0x20000000, 1 << 30
CLONE_NEWUTS = 0x04000000
# <sys/mount.h>
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOATIME, MS_RELATIME = 2, 4, 8, 1024, 1 << 21
# <sys/prctl.h>, <net/if.h>, <linux/sockios.h>
PR_SET_PDEATHSIG = 1
IFF_UP = 1
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914

CONTAINER_ROOT = Path("/opt/ml")
REFUSED = 125  # exit status of this program when the kernel does not allow what it needs
NOT_FOUND = 127  # exit status of shells for a command that does not exist

# How every message of a start that the kernel refused begins.
COMPLAINTS = ("the kernel refuses", "cannot set up")

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class HostSpec:
    """What to start on one host.

    Attributes
    ----------
    name : str
        Its name, as SageMaker gives it: "algo-1".
    command : tuple of str
        Program and arguments; the program is looked up on the PATH of `environment`.
    environment : dict of str to str
        All environment variables of the job.
    directory : str
        Where the job starts, as it sees it.
    content : str
        Folder of this machine that the job sees as `/opt/ml`.
    log : str
        File that standard output and standard error are appended to.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    directory: str
    content: str
    log: str


@dataclass(frozen=True)
class JailSpec:
    """A job's hosts, and what they have in common.

    Attributes
    ----------
    hosts : tuple of HostSpec
        The hosts.
    addresses : str
        File that hosts see as `/etc/hosts`.
    ended_first : str
        File that is given the name of the host that failed first.
    read_only : tuple of str
        Folders the job must not change.
    covered : tuple of (str, str)
        Folders, and what the job sees in their place.
    isolated : bool
        Whether the job has no network.
    namespaces : bool
        Whether to use namespaces at all; without, `/opt/ml` must already be in place.
    parent : int
        Process id of the starter.
    """

    hosts: tuple[HostSpec, ...]
    addresses: str
    ended_first: str
    read_only: tuple[str, ...]
    covered: tuple[tuple[str, str], ...]
    isolated: bool
    namespaces: bool
    parent: int


def main(text: str) -> int:
    """Run the job that the JSON text describes.

    Returns
    -------
    int
        0 when every host ended so; else the exit status of the host that failed first. The others
        are killed then, as SageMaker stops the instances of a failed job.
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
    return failed


def _started(work: Callable[[JailSpec, HostSpec], int], spec: JailSpec, host: HostSpec) -> int:
    """Start a process that ends with this one, also if that ends before it can say so."""
    alive, keep_open = os.pipe()
    child = os.fork()
    if child:
        os.close(alive)
        return child
    os.close(keep_open)
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if select.select([alive], [], [], 0)[0]:  # its other end is closed: too late
        os._exit(REFUSED)
    os._exit(exit_status(work(spec, host)))


def _run_host(spec: JailSpec, host: HostSpec) -> int:
    """Be one host: wait for its job, which is the first process of its own namespace."""
    log = os.open(host.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if spec.namespaces:
        try:
            _checked(_libc.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS), "unshare")
            socket.sethostname(host.name)
        except OSError as error:
            _say(f"the kernel refuses a namespace: {error}")
            return REFUSED
    _, status = os.waitpid(_started(_become_job, spec, host), 0)
    return os.waitstatus_to_exitcode(status)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, also if that has happened already."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(REFUSED)


def enter_namespaces(isolated: bool) -> None:
    """Leave the machine's users and, if isolated, its network; the caller becomes root in there."""
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | (CLONE_NEWNET if isolated else 0)
    _checked(_libc.unshare(flags), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    if isolated:
        _bring_loopback_up()


def enter_process_namespace() -> None:
    """Have the next child be the first process of a namespace of its own."""
    _checked(_libc.unshare(CLONE_NEWPID), "unshare")


def wait_for_first(command: list[str]) -> int:
    """Run a command as the first process of its namespace, and wait for it.

    Parameters
    ----------
    command : list of str
        Program and arguments.

    Returns
    -------
    int
        Its exit status, as shells report it.
    """
    child = os.fork()
    if child == 0:
        # Its parent is outside of its namespace, where it has no number.
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.execvp(command[0], command)  # noqa: S606 - no shell
    _, status = os.waitpid(child, 0)
    return exit_status(os.waitstatus_to_exitcode(status))


def exit_status(code: int) -> int:
    """Tell how a process ended as shells do: 128 and the signal's number where one killed it."""
    return code if code >= 0 else 128 - code


def _become_job(spec: JailSpec, host: HostSpec) -> int:
    try:
        if spec.namespaces:
            _arrange_mounts(spec, host)
        os.chdir(host.directory)
        os.execvpe(host.command[0], list(host.command), host.environment)  # noqa: S606 - no shell
    except FileNotFoundError as error:
        _say(f"cannot start {host.command[0]}: {error}")
        return NOT_FOUND
    except OSError as error:
        _say(f"cannot set up the job's view of the machine: {error}")
        return REFUSED


def _arrange_mounts(spec: JailSpec, host: HostSpec) -> None:
    _mount("none", Path("/"), flags=MS_REC | MS_PRIVATE)
    for folder in spec.read_only:
        _make_read_only(Path(folder))
    for place, content in spec.covered:
        _mount(content, Path(place), flags=MS_BIND)
    if not CONTAINER_ROOT.is_dir():
        _make_container_root()
    _mount(host.content, CONTAINER_ROOT, flags=MS_BIND | MS_REC)
    if Path("/etc/hosts").exists():
        _mount(spec.addresses, Path("/etc/hosts"), flags=MS_BIND)
    # Some container hosts mask parts of /proc and then forbid a new one; the old one will do.
    with contextlib.suppress(OSError):
        _mount("proc", Path("/proc"), kind="proc")


def _make_read_only(folder: Path) -> None:
    _mount(str(folder), folder, flags=MS_BIND | MS_REC)
    # A remount must keep the flags of the file system, or the kernel refuses it.
    present = os.statvfs(folder).f_flag
    pairs = (
        (os.ST_NOSUID, MS_NOSUID),
        (os.ST_NODEV, MS_NODEV),
        (os.ST_NOEXEC, MS_NOEXEC),
        (os.ST_NOATIME, MS_NOATIME),
        (os.ST_RELATIME, MS_RELATIME),
    )
    kept = sum(mount_flag for stat_flag, mount_flag in pairs if present & stat_flag)
    _mount("none", folder, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | kept)


def _make_container_root() -> None:
    """Put an empty file system over `/opt` with everything that was there, and add `ml`.

    Python, the virtual environment or the project may live under `/opt`: what was there is
    reached through an open handle while it is covered, and put back in its place.
    """
    opt = CONTAINER_ROOT.parent
    handle = os.open(opt, os.O_RDONLY | os.O_DIRECTORY)
    before = Path(f"/proc/self/fd/{handle}")
    _mount("none", opt, kind="tmpfs")
    for entry in before.iterdir():
        place = opt / entry.name
        if entry.is_symlink():
            place.symlink_to(entry.readlink())
        elif entry.is_dir():
            place.mkdir()
            _mount(str(entry), place, flags=MS_BIND | MS_REC)
        else:
            place.touch()
            _mount(str(entry), place, flags=MS_BIND)
    os.close(handle)
    CONTAINER_ROOT.mkdir()


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh", b"lo", 0) + bytes(14)
        answer = fcntl.ioctl(any_socket, SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("h", answer, 16)
        fcntl.ioctl(
            any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP) + bytes(14)
        )


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def _mount(source: str, target: Path, *, kind: str = "none", flags: int = 0) -> None:
    result = _libc.mount(
        source.encode(), str(target).encode(), kind.encode(), ctypes.c_ulong(flags), None
    )
    _checked(result, f"mount on {target}")


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(exit_status(main(sys.argv[1])))
