"""Run a container's program for a job, and say in words how it went wrong."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.local import jail
from mlops.local.sandbox import JobEnd, JobProcess, run_process
from mlops.local.work import RunStopped, StepFailed

if TYPE_CHECKING:
    from pathlib import Path

    from mlops.local.work import Work

HOST = "algo-1"
_TAIL_BYTES = 16_384
_TAIL_LINES = 12
_REASON_CHARACTERS = 1024  # SageMaker keeps as much of a failure reason or exit message
_FAREWELL_FILES = ("failure", "message")

# What libraries say when there is no network; checked only for jobs that have none.
_NETWORK_COMPLAINTS = (
    "Network is unreachable",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Failed to establish a new connection",
    "Could not connect to the endpoint URL",
    "NameResolutionError",
)


@dataclass(frozen=True)
class Container:
    """One container of a job, with its folders in place.

    Attributes
    ----------
    command : tuple of str
        Entry point and arguments.
    environment : dict of str to str
        The job's variables.
    isolated : bool
        `EnableNetworkIsolation`.
    max_seconds : float
        `MaxRuntimeInSeconds`.
    directory : str
        Where it starts.
    """

    command: tuple[str, ...]
    environment: dict[str, str]
    isolated: bool
    max_seconds: float
    directory: str = str(jail.CONTAINER_ROOT)


def fresh_content(work: Work) -> Path:
    """Make the empty folder that a job will see as `/opt/ml`.

    Whatever a killed attempt left there is gone: a job never sees half of anything.
    """
    shutil.rmtree(work.folder, ignore_errors=True)
    content = work.folder / "ml"
    for name in ("input/config", "output"):
        (content / name).mkdir(parents=True)
    work.log.parent.mkdir(parents=True, exist_ok=True)
    return content


def inside(content: Path, container_path: str) -> Path:
    """Return where a path below `/opt/ml` lies on this machine."""
    return content / container_path.removeprefix(str(jail.CONTAINER_ROOT)).lstrip("/")


def write_json(path: Path, document: Any) -> None:
    """Write one of the job's configuration files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, sort_keys=True))


def resource_config(instance_type: str) -> dict[str, Any]:
    """Return `resourceconfig.json` of a job on one instance.

    Source: SageMaker AI developer guide, "Distributed training configuration".
    """
    return {
        "current_host": HOST,
        "current_instance_type": instance_type,
        "current_group_name": "homogeneousCluster",
        "hosts": [HOST],
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": instance_type,
                "hosts": [HOST],
            }
        ],
        "network_interface_name": "lo",
    }


def run_container(work: Work, container: Container) -> str:
    """Run a container to its end.

    Parameters
    ----------
    work : Work
        The step; its content folder must be ready.
    container : Container
        What to start.

    Returns
    -------
    str
        What it wrote to the log.

    Raises
    ------
    StepFailed
        If it did not exit with 0; the message holds the container's own words.
    RunStopped
        If the run was stopped meanwhile.
    """
    work.log.touch()
    start = work.log.stat().st_size
    variables = {
        "AWS_REGION": work.run.region,
        "AWS_DEFAULT_REGION": work.run.region,
        **({} if container.isolated else work.run.job_environment),
        **container.environment,
    }
    end = run_process(
        JobProcess(
            command=container.command,
            environment=variables,
            folder=work.folder,
            log=work.log,
            isolated=container.isolated,
            max_seconds=container.max_seconds,
            directory=container.directory,
        ),
        work.run.stop,
    )
    with work.log.open("rb") as file:
        file.seek(start)
        output = file.read().decode(errors="replace")
    if end.stopped:
        raise RunStopped
    if end.timed_out:
        seconds = f"{container.max_seconds:g}"
        raise StepFailed(f"MaxRuntimeExceeded: the job ran longer than {seconds} s")
    if end.exit_code != 0:
        raise _failure(work, container, end, output)
    return output


def farewell(content: Path) -> str:
    """Return what the job left in `/opt/ml/output/failure` or `message`, or nothing."""
    for name in _FAREWELL_FILES:
        file = content / "output" / name
        if file.is_file() and (text := file.read_text(errors="replace").strip()):
            return text[:_REASON_CHARACTERS]
    return ""


def last_lines(text: str, count: int = _TAIL_LINES) -> list[str]:
    """Return the last lines of a log that say something."""
    lines = [line.rstrip() for line in text[-_TAIL_BYTES:].splitlines() if line.strip()]
    return lines[-count:]


def _failure(work: Work, container: Container, end: JobEnd, output: str) -> StepFailed:
    code = end.exit_code if end.exit_code >= 0 else 128 - end.exit_code
    lines = last_lines(output)
    if code == jail.REFUSED and lines and lines[-1].startswith(jail.COMPLAINTS):
        return StepFailed(f"InternalServerError: {lines[-1]}", "SageMaker.JOB_INTERNAL_ERROR")
    words = farewell(work.folder / "ml") or (lines[-1] if lines else "the job said nothing")
    reason = f"AlgorithmError: {words}, exit code: {code}"
    if container.isolated and any(complaint in output for complaint in _NETWORK_COMPLAINTS):
        reason += (
            f". The job has no network: step {work.step.name} sets EnableNetworkIsolation; "
            "let it read what it needs through a declared input"
        )
    return StepFailed(reason)
