"""Processes for jobs: in namespaces where the kernel allows it, and honest where not."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mlops.errors import MlopsError
from mlops.local import jail

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

_CONTAINER_ROOT = jail.CONTAINER_ROOT
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class JobProcess:
    """A job's process, before it is started.

    Attributes
    ----------
    command : tuple of str
        Program and arguments, with the container's paths.
    environment : dict of str to str
        What the image and the step add to the clean environment of a job.
    folder : Path
        The job's own folder; `ml` in it is what the job sees as `/opt/ml`.
    log : Path
        Where standard output and standard error go, appended.
    isolated : bool
        Whether the job has no network.
    max_seconds : float
        After that long it is killed.
    directory : str
        Where it starts, as it sees it.
    """

    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    log: Path
    isolated: bool
    max_seconds: float
    directory: str = str(_CONTAINER_ROOT)


@dataclass(frozen=True)
class JobEnd:
    """How a job's process ended.

    Attributes
    ----------
    exit_code : int
        Its exit status; 128 + n when a signal n killed it.
    timed_out, stopped : bool
        Whether the runner killed it, for its time limit or because the run was stopped.
    """

    exit_code: int
    timed_out: bool = False
    stopped: bool = False


def run_process(job: JobProcess, stop: threading.Event) -> JobEnd:
    """Run a job to its end.

    Parameters
    ----------
    job : JobProcess
        What to run. Its folder must hold `ml`.
    stop : threading.Event
        When set, the job is killed.

    Returns
    -------
    JobEnd
        How it ended.

    Raises
    ------
    MlopsError
        If this machine can give the job no `/opt/ml`.
    """
    namespaces = namespaces_available()
    (job.folder / "tmp").mkdir(exist_ok=True)
    with job.log.open("ab") as log, _container_root(job, namespaces):
        return _wait(_start(job, log, namespaces=namespaces), job.max_seconds, stop)


@cache
def namespaces_available() -> bool:
    """Say whether the kernel gives this user mount, process and network namespaces."""
    if sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory(prefix="mlops-probe-") as folder:
        (Path(folder) / "ml").mkdir()
        probe = JobProcess(("true",), {}, Path(folder), Path(folder, "log"), True, 10)
        with probe.log.open("ab") as log:
            return _start(probe, log, namespaces=True).wait() == 0


def isolation_note() -> str | None:
    """Return what a person must know when jobs do not run in namespaces, or None."""
    if namespaces_available():
        return None
    return (
        "this machine gives no namespaces (unshare): jobs run one at a time on a shared /opt/ml, "
        "and network isolation is NOT enforced"
    )


def _start(job: JobProcess, log: IO[bytes], *, namespaces: bool) -> subprocess.Popen[bytes]:
    spec = jail.JailSpec(
        command=job.command,
        environment=_clean_environment(job),
        directory=job.directory,
        content=str(job.folder / "ml"),
        read_only=(sys.prefix,),
        isolated=job.isolated,
        namespaces=namespaces,
        parent=os.getpid(),
    )
    return subprocess.Popen(
        [sys.executable, "-I", "-S", jail.__file__, json.dumps(asdict(spec))],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        # Ctrl-C at the terminal is for the runner; it then ends the jobs itself.
        start_new_session=True,
    )


def _clean_environment(job: JobProcess) -> dict[str, str]:
    """Nothing of the caller: no credentials, no PYTHONPATH, no proxy."""
    temporary = str(job.folder / "tmp")
    return {
        "PATH": os.pathsep.join(
            [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
        ),
        "HOME": temporary,
        "TMPDIR": temporary,
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
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
    """Without namespaces: lend `/opt/ml` of this machine to one job at a time."""
    if namespaces:
        yield
        return
    lock = Path(tempfile.gettempdir()) / "mlops-opt-ml.lock"
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            if _CONTAINER_ROOT.is_symlink():
                _CONTAINER_ROOT.unlink()
            _CONTAINER_ROOT.symlink_to(job.folder / "ml")
        except OSError as error:
            raise MlopsError(
                f"jobs need {_CONTAINER_ROOT}, and this machine gives neither namespaces (unshare) "
                f"nor the right to make a link there: {error.strerror}; allow unprivileged user "
                f"namespaces, or: sudo install -d -o $USER {_CONTAINER_ROOT.parent}"
            ) from None
        try:
            yield
        finally:
            _CONTAINER_ROOT.unlink(missing_ok=True)
