"""Mounts of a job: binds, an own root, and read-only file systems.

It imports the standard library and `namespaces`, as the program that starts a job does.

Sources: mount(2), pivot_root(2), proc_pid_mountinfo(5).
"""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path

from pipeline_local.jobs.namespaces import checked, libc

# <sys/mount.h>
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_NOATIME, MS_NODIRATIME, MS_BIND, MS_REC = 1024, 2048, 4096, 16384
MS_PRIVATE, MS_RELATIME = 1 << 18, 1 << 21
MNT_DETACH = 2

_ST_NODIRATIME = 2048  # <bits/statvfs.h>; the module `os` does not name it
_ESCAPE = re.compile(r"\\(\d{3})")  # of a space and the like in mountinfo


def mount(source: str, target: Path, *, kind: str = "none", flags: int = 0) -> None:
    """Mount a file system; raise an `OSError` where the kernel refuses it."""
    result = libc.mount(
        os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), None
    )
    checked(result, f"mount on {target}")


def bind(source: str | Path, place: Path) -> None:
    """Bind-mount a file or folder, and what is mounted below, at a place that is made for it."""
    if not place.exists():
        if Path(source).is_dir():
            place.mkdir(parents=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    mount(str(source), place, flags=MS_BIND | MS_REC)


def own_mounts() -> None:
    """Hide later mounts from the rest of the machine."""
    mount("none", Path("/"), flags=MS_REC | MS_PRIVATE)


def enter_root(root: Path) -> None:
    """Make a mounted folder the root, and give up the one before with all its mounts."""
    os.chdir(root)
    here = b"."
    checked(libc.pivot_root(here, here), "pivot_root")
    checked(libc.umount2(here, MNT_DETACH), "umount of the old root")
    os.chdir("/")


def make_read_only(writable: frozenset[Path]) -> None:
    """Make every mount of this namespace read-only, but for those at the given places."""
    for line in os.fsdecode(Path("/proc/self/mountinfo").read_bytes()).splitlines():
        place = Path(_ESCAPE.sub(lambda found: chr(int(found[1], 8)), line.split(" ")[4]))
        if place in writable:
            continue
        flags = MS_REMOUNT | MS_BIND | MS_RDONLY | _flags_of(place)
        mount("none", place, flags=flags)


def _flags_of(place: Path) -> int:
    """Return the flags of a mount, which a remount must keep, or the kernel refuses it."""
    pairs = (  # here, since other systems' Pythons lack the names
        (os.ST_NOSUID, MS_NOSUID),
        (os.ST_NODEV, MS_NODEV),
        (os.ST_NOEXEC, MS_NOEXEC),
        (os.ST_NOATIME, MS_NOATIME),
        (_ST_NODIRATIME, MS_NODIRATIME),
        (os.ST_RELATIME, MS_RELATIME),
    )
    present = os.statvfs(place).f_flag
    return sum(flag for seen, flag in pairs if present & seen)
