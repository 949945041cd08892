"""Kernel features for jobs and builds: namespaces, capabilities, and death with the parent.

It imports only the standard library, as the programs that start jobs do. A process can change its
namespaces safely only while it has a single thread.

Sources: unshare(2), user_namespaces(7), pid_namespaces(7), capabilities(7), prctl(2).
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
CLONE_NEWUTS, CLONE_NEWIPC = 0x04000000, 0x08000000
# <sys/prctl.h>, <net/if.h>, <linux/sockios.h>
PR_SET_PDEATHSIG, PR_CAPBSET_DROP = 1, 24
IFF_UP = 1
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914

REFUSED = 125  # exit status of programs that the kernel does not allow what they need

# <linux/capability.h>: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP,
# NET_BIND_SERVICE. A container has them, too, and none undoes a mount.
_KEPT_CAPABILITIES = {0, 1, 3, 4, 5, 6, 7, 8, 10}
_HIGHEST_CAPABILITY = 63

libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends, or exit if it has ended."""
    die_with_parent()
    if os.getppid() != parent:
        os._exit(REFUSED)


def enter_namespaces(isolated: bool) -> None:
    """Enter a user namespace as root and, if isolated, a network namespace."""
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | (CLONE_NEWNET if isolated else 0)
    checked(libc.unshare(flags), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    if isolated:
        _bring_loopback_up()


def enter_host_namespaces(name: str) -> None:
    """Enter namespaces of mounts, host name, shared memory and, for the next child, processes."""
    checked(libc.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC), "unshare")
    socket.sethostname(name)


def enter_process_namespace() -> None:
    """Make the next child the first process of a new namespace."""
    checked(libc.unshare(CLONE_NEWPID), "unshare")


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


def give_capabilities_up() -> None:
    """Leave the program that this process becomes what a container's root may do, and no more."""
    for number in set(range(_HIGHEST_CAPABILITY + 1)) - _KEPT_CAPABILITIES:
        libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)  # refused where the kernel has no such


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh", b"lo", 0) + bytes(14)
        answer = fcntl.ioctl(any_socket, SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("h", answer, 16)
        fcntl.ioctl(
            any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP) + bytes(14)
        )


def checked(result: int, what: str) -> None:
    """Raise an `OSError` where a call of the C library has failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
