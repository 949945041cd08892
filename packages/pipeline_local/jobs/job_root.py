"""Root folder of a job: an empty one, to which what a job may see is bound.

What is not named here does not exist for a job: homes, projects, other jobs, `/etc`'s secrets, the
sockets of services. What is named is read-only, but for `/opt/ml`, `/tmp` and shared memory.

It imports the standard library and `mounts`, as the program that starts a job does.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline_local.jobs.mounts import (
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_RDONLY,
    bind,
    enter_root,
    make_read_only,
    mount,
    own_mounts,
)

CONTAINER_ROOT = Path("/opt/ml")
TEMPORARY = Path("/tmp")  # noqa: S108 - the job's own

# Programs and libraries; other folders of /usr hold data of this machine.
_KINDS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "include", "share")
_SYSTEM = (
    *(f"/{parent}{kind}" for parent in ("", "usr/", "usr/local/") for kind in _KINDS),
    *("/nix/store", "/sys/devices/system", "/sys/fs/cgroup"),
)
# What programs and libraries look up in /etc: names, certificates and fonts.
_SETTINGS = (
    *("alternatives", "bash.bashrc", "ca-certificates", "crypto-policies", "debian_version"),
    *("fonts", "gai.conf", "group", "host.conf", "inputrc", "ld.so.cache", "ld.so.conf"),
    *("ld.so.conf.d", "locale.alias", "localtime", "magic", "mime.types", "networks"),
    *("nsswitch.conf", "os-release", "passwd", "pki/ca-trust", "pki/tls/cert.pem"),
    *("pki/tls/certs", "pki/tls/openssl.cnf", "profile", "protocols", "python3", "resolv.conf"),
    *("services", "shells", "ssl/cert.pem", "ssl/certs", "ssl/openssl.cnf", "terminfo"),
    "timezone",
)
_DEVICES = ("full", "null", "random", "tty", "urandom", "zero")
_STREAMS = {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
_MEMORY = Path("/dev/shm")  # noqa: S108 - the job's own
_PLAIN = MS_NOSUID | MS_NODEV


@dataclass(frozen=True)
class JobRoot:
    """What is particular to the root of one host."""

    folder: Path  # where it is put together
    content: str  # becomes /opt/ml
    temporary: str  # becomes /tmp
    addresses: str  # becomes /etc/hosts
    shown: tuple[str, ...]  # with the interpreter and its packages, at their own places
    covered: tuple[tuple[str, str], ...]  # places, and what is put there instead
    terminal: str = ""


def enter(facts: JobRoot) -> None:
    """Put the root together, enter it, and make what is not the job's own read-only."""
    root = facts.folder
    own_mounts()
    mount("none", root, kind="tmpfs", flags=_PLAIN)
    for folder in map(Path, _SYSTEM):
        if folder.is_symlink():
            _in(root, folder).symlink_to(folder.readlink())
        elif folder.is_dir():
            bind(folder, _in(root, folder))
    for name in _SETTINGS:
        if os.access(f"/etc/{name}", os.R_OK):
            bind(f"/etc/{name}", root / "etc" / name)
    bind(facts.addresses, root / "etc" / "hosts")
    _arrange_kernel(root, facts.terminal)
    bind(facts.temporary, _in(root, TEMPORARY))
    bind(facts.content, _in(root, CONTAINER_ROOT))
    for shown in sorted(map(Path, facts.shown)):
        if not any(Path(folder).is_relative_to(shown) for folder in _SYSTEM):
            bind(shown, _in(root, shown))
    for place, instead in facts.covered:
        bind(instead, _in(root, Path(place)))
    enter_root(root)
    make_read_only(frozenset({CONTAINER_ROOT, TEMPORARY, _MEMORY}))


def _arrange_kernel(root: Path, terminal: str) -> None:
    """Arrange what the kernel answers by itself: devices, shared memory and processes."""
    devices = [f"/dev/{name}" for name in _DEVICES]
    for device in (*devices, *([terminal] if terminal else [])):
        bind(device, _in(root, Path(device)))
    for name, target in _STREAMS.items():
        (root / "dev" / name).symlink_to(f"/proc/self/{target}")
    for place in (_in(root, _MEMORY), root / "proc"):
        place.mkdir()
    mount("none", _in(root, _MEMORY), kind="tmpfs", flags=_PLAIN)
    try:
        mount("proc", root / "proc", kind="proc", flags=_PLAIN | MS_NOEXEC | MS_RDONLY)
    except OSError:
        # Some container hosts mask parts of /proc and then forbid a new one.
        sys.stderr.write("the kernel forbids a /proc of its own: the job sees other processes\n")
        bind("/proc", root / "proc")


def _in(root: Path, place: Path) -> Path:
    return root / place.relative_to("/")
