"""Filter of a job's system calls: those that only a machine's administration needs are refused.

As in a container, with "operation not permitted". The filter is classic BPF, which a kernel with
seccomp accepts from an ordinary user, too; it holds for all that the job starts. It imports only
the standard library, as the program that starts jobs does.

Sources: seccomp(2), <linux/filter.h>, <linux/seccomp.h>, <linux/audit.h>, the kernel's tables of
system calls.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

from pipeline_local.jobs.namespaces import checked, libc

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # of prctl
_LOAD, _EQUALS, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets of what the filter sees
# <sched.h>: namespaces of mounts, cgroups, names, shared memory, users, processes and networks.
_NEW_NAMESPACES = 0x7E020000
_SECOND_TABLE = 0x40000000  # of x86-64: the same calls under other numbers
# <linux/audit.h>: x86-64 and ARM; and their numbers of clone.
_MACHINES = {"x86_64": (0xC000003E, 56), "aarch64": (0xC00000B7, 220)}
_CLONE_3 = 435  # its flags are in memory, where a filter cannot look: programs then use clone
# Names, and the numbers on x86-64 and on ARM; calls since 2019 have the same everywhere.
_TABLE = """
mount 165 40
umount2 166 39
pivot_root 155 41
open_tree 428 428
open_tree_attr 467 467
move_mount 429 429
fsopen 430 430
fsconfig 431 431
fsmount 432 432
fspick 433 433
mount_setattr 442 442
unshare 272 97
setns 308 268
init_module 175 105
finit_module 313 273
delete_module 176 106
kexec_load 246 104
kexec_file_load 320 294
reboot 169 142
add_key 248 217
request_key 249 218
keyctl 250 219
bpf 321 280
perf_event_open 298 241
userfaultfd 323 282
io_uring_setup 425 425
io_uring_enter 426 426
io_uring_register 427 427
open_by_handle_at 304 265
kcmp 312 272
pidfd_getfd 438 438
fanotify_init 300 262
syslog 103 116
swapon 167 224
swapoff 168 225
acct 163 89
quotactl 179 60
quotactl_fd 443 443
settimeofday 164 170
clock_settime 227 112
clock_adjtime 305 266
"""
CALLS = {
    name: dict(zip(_MACHINES, map(int, numbers), strict=True))
    for name, *numbers in map(str.split, _TABLE.strip().splitlines())
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_administration() -> None:
    """Filter the calls of this process and all that it starts; say so where that cannot be."""
    machine = os.uname().machine
    if machine not in _MACHINES:
        sys.stderr.write(f"there is no filter of system calls for {machine}: jobs have none\n")
        return
    code = program_for(machine)
    program = _Program(len(code) // 8, code)
    try:
        checked(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")
        checked(libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program), 0, 0), "prctl")
    except OSError as error:
        sys.stderr.write(f"the kernel takes no filter of system calls: jobs have none: {error}\n")


def program_for(machine: str) -> bytes:
    """Return the instructions of the filter."""
    architecture, clone = _MACHINES[machine]
    denied = _ERROR | errno.EPERM
    code = [
        *_answered(_EQUALS, architecture, _ARCHITECTURE, denied, negated=True),
        *_answered(_AT_LEAST, _SECOND_TABLE, _NUMBER, denied),
        *_answered(_EQUALS, _CLONE_3, _NUMBER, _ERROR | errno.ENOSYS),
    ]
    for numbers in CALLS.values():
        code += _answered(_EQUALS, numbers[machine], None, denied)
    code += [
        _instruction(_EQUALS, clone, on_false=3),
        *_answered(_HAS_BITS, _NEW_NAMESPACES, _FIRST_ARGUMENT, denied),
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join(code)


def _answered(
    test: int, value: int, offset: int | None, answer: int, *, negated: bool = False
) -> list[bytes]:
    """Return instructions that answer so where a test holds, of what stands at an offset."""
    load = [] if offset is None else [_instruction(_LOAD, offset)]
    skip = {"on_true": 1} if negated else {"on_false": 1}
    return [*load, _instruction(test, value, **skip), _instruction(_RETURN, answer)]


def _instruction(code: int, value: int, on_true: int = 0, on_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, on_true, on_false, value)
