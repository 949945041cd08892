"""Kernel features for jobs and builds: namespaces, mounts, and death with the parent.

It imports only the standard library, as the programs that start jobs do. A process can change its
namespaces safely only while it has a single thread.

Sources: unshare(2), user_namespaces(7), pid_namespaces(7), mount(2), prctl(2).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
from pathlib import Path

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

REFUSED = 125  # exit status of programs that the kernel does not allow what they need

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends, or exit if it has ended."""
    die_with_parent()
    if os.getppid() != parent:
        os._exit(REFUSED)


def enter_namespaces(isolated: bool) -> None:
    """Enter a user namespace as root and, if isolated, a network namespace."""
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | (CLONE_NEWNET if isolated else 0)
    _checked(_libc.unshare(flags), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    if isolated:
        _bring_loopback_up()


def enter_host_namespaces(name: str) -> None:
    """Enter mount, host name and, for the next child, process namespaces."""
    _checked(_libc.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS), "unshare")
    socket.sethostname(name)


def enter_process_namespace() -> None:
    """Make the next child the first process of a new namespace."""
    _checked(_libc.unshare(CLONE_NEWPID), "unshare")


def wait_for_first(command: list[str]) -> int:
    """Run a command as the first process of its namespace, and wait for it."""
    child = os.fork()
    if child == 0:
        die_with_parent()  # it is outside of this namespace, where it has no number
        os.execvp(command[0], command)  # noqa: S606 - no shell
    _, status = os.waitpid(child, 0)
    return exit_status(os.waitstatus_to_exitcode(status))


def exit_status(code: int) -> int:
    """Return an exit code as shells do: 128 and the signal's number where one killed it."""
    return code if code >= 0 else 128 - code


def own_mounts() -> None:
    """Hide later mounts from the rest of the machine."""
    mount("none", Path("/"), flags=MS_REC | MS_PRIVATE)


def bind(source: str | Path, place: Path) -> None:
    """Bind-mount one path at another."""
    mount(str(source), place, flags=MS_BIND | MS_REC)


def make_read_only(folder: Path) -> None:
    """Make a folder read-only in this namespace."""
    bind(folder, folder)
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
    mount("none", folder, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | kept)


def make_folder(place: Path) -> None:
    """Create a folder in a read-only parent, over which a tmpfs with the same content is mounted.

    Python, the virtual environment or the project may be in the parent: its entries are reached
    through an open handle while it is covered, and bound in the same place.
    """
    parent = place.parent
    handle = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    before = Path(f"/proc/self/fd/{handle}")
    mount("none", parent, kind="tmpfs")
    for entry in before.iterdir():
        again = parent / entry.name
        if entry.is_symlink():
            again.symlink_to(entry.readlink())
        elif entry.is_dir():
            again.mkdir()
            bind(entry, again)
        else:
            again.touch()
            bind(entry, again)
    os.close(handle)
    place.mkdir()


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh", b"lo", 0) + bytes(14)
        answer = fcntl.ioctl(any_socket, SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("h", answer, 16)
        fcntl.ioctl(
            any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP) + bytes(14)
        )


def mount(source: str, target: Path, *, kind: str = "none", flags: int = 0) -> None:
    """Mount a file system; raise an `OSError` where the kernel refuses it."""
    result = _libc.mount(
        source.encode(), str(target).encode(), kind.encode(), ctypes.c_ulong(flags), None
    )
    _checked(result, f"mount on {target}")


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
