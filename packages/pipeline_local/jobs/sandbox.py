"""Processes of jobs, in namespaces where the kernel allows it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from mlops_common.processes import own_program
from pipeline_local.jobs import jail, terminal
from pipeline_local.jobs.job_root import CONTAINER_ROOT, TEMPORARY
from pipeline_local.jobs.packages import site_packages
from pipeline_local.jobs.pip_settings import wheel_folders
from pipeline_local.jobs.python_environment import (
    interpreter_settings,
    make_environment,
    programs_of,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence

_POLL_SECONDS = 0.05
HOST = "algo-1"
# The packages of this one that its own programs, which run in jobs, import; of a checkout.
_OWN = Path(__file__).resolve().parents[2]
_OWN_PACKAGES = ("mlops_common", "pipeline_local")
_FAILED = "failed"
NO_HOSTS = (
    "this machine allows no namespaces (unshare), and without them a job runs on one instance "
    "only; allow unprivileged user namespaces"
)


@dataclass(frozen=True)
class JobProcess:
    """A job's process on one host, before it is started."""

    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    log: Path
    isolated: bool
    max_seconds: float
    directory: str = str(CONTAINER_ROOT)
    host: str = HOST
    packages: Path | None = None


@dataclass(frozen=True)
class JobEnd:
    """The end of a job's process; 128 + n is the exit code when signal n killed it."""

    exit_code: int
    timed_out: bool = False
    stopped: bool = False
    host: str = HOST


def run_processes(
    jobs: Sequence[JobProcess], stop: threading.Event, *, debug: bool = False
) -> JobEnd:
    """Run a job on all its hosts until all have ended, or one has failed.

    Their folders must contain `ml`; isolation and time limit are those of the first, which has
    the terminal of this process in `debug`.
    """
    namespaces = namespaces_available()
    first = jobs[0]
    if len(jobs) > 1 and not namespaces:
        raise MlopsError(NO_HOSTS)
    at_terminal = terminal.attached(first.log) if debug else nullcontext("")
    with _container_root(first, namespaces), at_terminal as name:
        process = _start(jobs, namespaces=namespaces, at=name)
        end = _wait(process, first.max_seconds, stop)
    failed = first.folder / _FAILED
    return replace(end, host=failed.read_text() if failed.exists() else first.host)


def namespaces_available() -> bool:
    """Return whether the kernel gives this user what a job's jail needs."""
    return _probe()[0]


@cache
def _probe() -> tuple[bool, str]:
    """Return whether a job can be started in namespaces, and what its jail says of it."""
    if sys.platform != "linux":
        return False, ""
    with tempfile.TemporaryDirectory(prefix="mlops-probe-") as folder:
        (Path(folder) / "ml").mkdir()
        probe = JobProcess(("true",), {}, Path(folder), log := Path(folder, "log"), True, 10)
        log.touch()
        return _start([probe], namespaces=True).wait() == 0, log.read_text().strip()


def isolation_note() -> str | None:
    """Return a warning of what the kernel does not give jobs, or None."""
    if namespaces_available():
        return _probe()[1] or None
    return (
        "this machine allows no namespaces (unshare): jobs run one at a time on a shared /opt/ml, "
        "they can read and write what this user can, and network isolation is NOT enforced"
    )


def _start(
    jobs: Sequence[JobProcess], *, namespaces: bool, at: str = ""
) -> subprocess.Popen[bytes]:
    first = jobs[0]
    place = first.folder
    addresses, failed = place / "hosts", place / _FAILED
    failed.unlink(missing_ok=True)
    for job in jobs:
        (job.folder / "root").mkdir(parents=True, exist_ok=True)
        make_environment(job.folder / "tmp", site_packages())
    nothing = place / "nothing"
    nothing.touch()
    addresses.write_text(_addresses([job.host for job in jobs]))
    spec = jail.JailSpec(
        hosts=tuple(
            jail.HostSpec(
                name=job.host,
                command=job.command,
                environment=_clean_environment(job, namespaces=namespaces),
                directory=job.directory,
                folder=str(job.folder),
                log=str(job.log),
                terminal=at if job is first else "",
            )
            for job in jobs
        ),
        addresses=str(addresses),
        ended_first=str(failed),
        shown=tuple(_shown(jobs)),
        covered=(
            *(((str(site_packages()), str(first.packages)),) if first.packages else ()),
            *((file, str(nothing)) for file in sorted(interpreter_settings())),
        ),
        isolated=first.isolated,
        namespaces=namespaces,
        parent=os.getpid(),
    )
    return subprocess.Popen(
        own_program(jail.__name__, json.dumps(asdict(spec)), "-S"),
        stdin=subprocess.DEVNULL,
        # Ctrl-C at the terminal is for the runner; it then ends the jobs itself.
        start_new_session=True,
    )


def _shown(jobs: Sequence[JobProcess]) -> set[str]:
    """Return the folders of the interpreter and, for a program of ours, of its modules."""
    interpreter = {sys.prefix, sys.base_prefix}
    own = any(str(_OWN) in job.environment.get("PYTHONPATH", "").split(os.pathsep) for job in jobs)
    modules = {str(_OWN / name) for name in _OWN_PACKAGES} if own else set()
    interpreter |= wheel_folders()
    return interpreter | {os.path.realpath(folder) for folder in interpreter} | modules


def _addresses(hosts: Sequence[str]) -> str:
    """Return `/etc/hosts`, with a loopback address of its own for each host.

    So hosts can listen on the same port as long as they bind to their own name.
    """
    own = Path("/etc/hosts").read_text() if Path("/etc/hosts").exists() else ""
    lines = [f"127.0.0.{number} {host}" for number, host in enumerate(hosts, start=1)]
    return "\n".join([own.rstrip("\n"), *lines, ""])


def _clean_environment(job: JobProcess, *, namespaces: bool) -> dict[str, str]:
    """Return an environment without the caller's credentials, PYTHONPATH or proxy."""
    temporary = TEMPORARY if namespaces else job.folder / "tmp"
    programs = (programs_of(temporary), Path(sys.executable).parent)
    return {
        "PATH": os.pathsep.join([*map(str, programs), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **({"PIP_RETRIES": "0"} if job.isolated else {}),
        **job.environment,
    }


def _wait(process: subprocess.Popen[bytes], max_seconds: float, stop: threading.Event) -> JobEnd:
    deadline = time.monotonic() + max_seconds
    while True:
        try:
            return JobEnd(process.wait(timeout=_POLL_SECONDS))
        except subprocess.TimeoutExpired:
            timed_out = time.monotonic() > deadline
            if timed_out or stop.is_set():
                process.kill()  # the jail's child dies with it, and its whole process namespace
                return JobEnd(process.wait(), timed_out=timed_out, stopped=not timed_out)
        except BaseException:
            process.kill()
            process.wait()
            raise


@contextmanager
def _container_root(job: JobProcess, namespaces: bool) -> Iterator[None]:
    """Link `/opt/ml` of this machine to one job at a time, where there are no namespaces."""
    if namespaces:
        yield
        return
    lock = Path(tempfile.gettempdir()) / "mlops-opt-ml.lock"
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            if CONTAINER_ROOT.is_symlink():
                CONTAINER_ROOT.unlink()
            CONTAINER_ROOT.symlink_to(job.folder / "ml")
        except OSError as error:
            raise MlopsError(
                f"jobs need {CONTAINER_ROOT}, and this machine allows neither namespaces "
                f"(unshare) nor a link there: {error.strerror}; allow unprivileged user "
                f"namespaces, or: sudo install -d -o $USER {CONTAINER_ROOT.parent}"
            ) from None
        try:
            yield
        finally:
            CONTAINER_ROOT.unlink(missing_ok=True)
