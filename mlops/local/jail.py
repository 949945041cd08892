"""Start one job in namespaces of its own; run as a program by `mlops.local.sandbox`.

The job sees what a SageMaker container would: its own `/opt/ml`, its own processes, and, with
network isolation, no network but the loop-back device. Interpreter and packages stay those of
this machine, mounted read-only, so that no job can change them.

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

# <sched.h>
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x10000000, 0x20000000, 1 << 30
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
class JailSpec:
    """What to start and how.

    Attributes
    ----------
    command : tuple of str
        Program and arguments; the program is looked up on the PATH of `environment`.
    environment : dict of str to str
        All environment variables of the job.
    directory : str
        Where the job starts, as it sees it.
    content : str
        Folder of this machine that the job sees as `/opt/ml`.
    read_only : tuple of str
        Folders the job must not change.
    isolated : bool
        Whether the job has no network.
    namespaces : bool
        Whether to use namespaces at all; without, `/opt/ml` must already be in place.
    parent : int
        Process id of the starter.
    """

    command: tuple[str, ...]
    environment: dict[str, str]
    directory: str
    content: str
    read_only: tuple[str, ...]
    isolated: bool
    namespaces: bool
    parent: int


def main(text: str) -> int:
    """Run the job that the JSON text describes and return its exit status."""
    spec = JailSpec(**json.loads(text))
    die_with(spec.parent)
    if spec.namespaces:
        try:
            enter_namespaces(spec.isolated)
        except OSError as error:
            _say(f"the kernel refuses a namespace: {error}")
            return REFUSED
    alive, keep_open = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(keep_open)
        _become_job(spec, alive)
    # A change of credentials (unshare) clears the death signal; the child set its own after it.
    die_with(spec.parent)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, also if that has happened already."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(REFUSED)


def enter_namespaces(isolated: bool) -> None:
    """Leave the machine's namespaces; the caller becomes root of a user namespace of its own."""
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | (CLONE_NEWNET if isolated else 0)
    _checked(_libc.unshare(flags), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _become_job(spec: JailSpec, parent_alive: int) -> None:
    try:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if select.select([parent_alive], [], [], 0)[0]:  # its other end is closed: too late
            os._exit(REFUSED)
        if spec.namespaces:
            _arrange_mounts(spec)
            if spec.isolated:
                _bring_loopback_up()
        os.chdir(spec.directory)
        os.execvpe(spec.command[0], list(spec.command), spec.environment)  # noqa: S606 - no shell
    except FileNotFoundError as error:
        _say(f"cannot start {spec.command[0]}: {error}")
        os._exit(NOT_FOUND)
    except OSError as error:
        _say(f"cannot set up the job's view of the machine: {error}")
        os._exit(REFUSED)


def _arrange_mounts(spec: JailSpec) -> None:
    _mount("none", Path("/"), flags=MS_REC | MS_PRIVATE)
    for folder in spec.read_only:
        _make_read_only(Path(folder))
    if not CONTAINER_ROOT.is_dir():
        _make_container_root()
    _mount(spec.content, CONTAINER_ROOT, flags=MS_BIND | MS_REC)
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
    code = main(sys.argv[1])
    # A job that was killed by a signal is reported as shells report it.
    sys.exit(code if code >= 0 else 128 - code)
