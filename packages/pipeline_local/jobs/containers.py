"""Execution of a job's containers, and the reasons of their failures."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.files import below
from pipeline_local.jobs import jail
from pipeline_local.jobs.job_root import CONTAINER_ROOT
from pipeline_local.jobs.left_files import remove_tree, text_left
from pipeline_local.jobs.namespaces import REFUSED, exit_status
from pipeline_local.jobs.packages import absence, debuggers
from pipeline_local.jobs.sandbox import (
    NO_HOSTS,
    JobEnd,
    JobProcess,
    namespaces_available,
    run_processes,
)
from pipeline_local.jobs.work import RunStopped, StepFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline_local.jobs.work import Work

GROUP = "homogeneousCluster"  # of instances, where a request names no other
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
    "Could not resolve host",
    "(from versions: none)",  # all that a quiet pip says
    "Unable to locate credentials",  # boto3 asks the network for them
)


@dataclass(frozen=True)
class Host:
    """One instance of a job: "algo-1" has index 0."""

    name: str
    index: int
    count: int
    folder: Path
    log: Path

    @property
    def content(self) -> Path:
        """The folder that the job sees as `/opt/ml` on this host."""
        return self.folder / "ml"

    def share(self, source: dict[str, Any]) -> tuple[int, int]:
        """Return this host's share of a source's objects: its number, and of how many.

        Source: SageMaker API reference, `S3DataDistributionType`; which objects go where is open.
        """
        sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
        return (self.index, self.count) if sharded else (0, 1)


@dataclass(frozen=True)
class Container:
    """One container of a job."""

    command: tuple[str, ...]
    environment: dict[str, str]
    isolated: bool
    packages: Path
    max_seconds: float = 86_400  # the service's default, and its limit of a transform job
    directory: str = str(CONTAINER_ROOT)


def fresh_hosts(work: Work, count: int = 1) -> tuple[Host, ...]:
    """Create the hosts of a job with empty folders; those of a killed attempt are removed."""
    if count > 1 and not namespaces_available():
        raise StepFailed(f"ClientError: {count} instances: {NO_HOSTS}")
    remove_tree(work.folder)
    work.log.parent.mkdir(parents=True, exist_ok=True)
    hosts = hosts_of(work, count)
    for host in hosts:
        for name in ("input/config", "output"):
            (host.content / name).mkdir(parents=True)
    return hosts


def hosts_of(work: Work, count: int) -> tuple[Host, ...]:
    """Return the hosts of a job, wherever it is in its life."""
    return tuple(_host(work, index, count) for index in range(count))


def _host(work: Work, index: int, count: int) -> Host:
    name = f"algo-{index + 1}"
    folder = work.folder / name if count > 1 else work.folder
    log = work.log.with_name(f"{work.log.stem}.{name}.log") if index else work.log
    return Host(name, index, count, folder, log)


def inside(content: Path, container_path: str) -> Path:
    """Translate a path below `/opt/ml` to one of this machine; raise StepFailed if it leads out."""
    found = below(CONTAINER_ROOT, container_path)
    if found is None:
        raise StepFailed(f"ClientError: {container_path} leads out of {CONTAINER_ROOT}")
    return content / found


def source_problem(name: str, source: str, *, isolated: bool) -> str | None:
    """Return why the program of a container cannot come from a place, or None."""
    if source.startswith("s3://"):
        wrong = "a container without a network cannot fetch; bring it by a channel or in the model"
        return f"{name} is {source}, which {wrong}" if isolated else None
    out = source and below(CONTAINER_ROOT, source.removeprefix("file://")) is None
    return f"{name} is {source}, neither in S3 nor below {CONTAINER_ROOT}" if out else None


def write_json(path: Path, document: Any) -> None:
    """Write one of the job's configuration files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, sort_keys=True))


def resource_config(instance_type: str, host: Host) -> dict[str, Any]:
    """Return `resourceconfig.json` of a host.

    Source: SageMaker AI developer guide, "Distributed training configuration".
    """
    hosts = host_names(host.count)
    return {
        "current_host": host.name,
        "current_instance_type": instance_type,
        "current_group_name": GROUP,
        "hosts": hosts,
        "instance_groups": [
            {
                "instance_group_name": GROUP,
                "instance_type": instance_type,
                "hosts": hosts,
            }
        ],
        "network_interface_name": "lo",
    }


def input_data_config(request: dict[str, Any]) -> dict[str, Any]:
    """Return `inputdataconfig.json` of a training job: the facts of each channel."""
    mode = request["AlgorithmSpecification"].get("TrainingInputMode", "File")
    return {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get("InputMode") or mode,
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": "None",
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
        for channel in request.get("InputDataConfig") or []
    }


def host_names(count: int) -> list[str]:
    """Return the names of a job's hosts, in order."""
    return [f"algo-{number}" for number in range(1, count + 1)]


def run_containers(work: Work, containers: Sequence[tuple[Host, Container]]) -> str:
    """Run a job's containers, one on each host, until all have succeeded or one has failed.

    Return their logs, the first host's last: of a metric that several report, its value counts.
    """
    starts = {host.name: _size(host.log) for host, _ in containers}
    processes = [_process(work, host, container) for host, container in containers]
    end = run_processes(processes, work.run.stop, debug=work.run.debug)
    outputs = {host.name: _since(host.log, starts[host.name]) for host, _ in containers}
    if end.stopped:
        raise RunStopped
    if end.timed_out:
        seconds = f"{processes[0].max_seconds:g}"
        raise StepFailed(f"MaxRuntimeExceeded: the job ran longer than {seconds} s")
    if end.exit_code != 0:
        failed = next(each for each in containers if each[0].name == end.host)
        raise _failure(work, *failed, end, outputs[end.host])
    return "".join(reversed(outputs.values()))


def _process(work: Work, host: Host, container: Container) -> JobProcess:
    debug = work.run.debug
    variables = {
        **(_debugger() if debug else {}),
        "AWS_REGION": work.run.region,
        "AWS_DEFAULT_REGION": work.run.region,
        **({} if container.isolated else work.run.job_environment),
        **container.environment,
    }
    return JobProcess(
        command=container.command,
        environment=variables,
        folder=host.folder,
        log=host.log,
        isolated=container.isolated and not debug,  # a debugger attaches through the network
        max_seconds=math.inf if debug else container.max_seconds,
        directory=container.directory,
        host=host.name,
        packages=container.packages,
    )


def _debugger() -> dict[str, str]:
    """Return the variables with which a job finds a debugger and knows the terminal."""
    known = {"TERM": os.environ.get("TERM", ""), "PYTHONPATH": str(debuggers() or "")}
    return {name: value for name, value in known.items() if value}


def _size(log: Path) -> int:
    log.touch()
    return log.stat().st_size


def _since(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace")


def farewell(content: Path) -> str:
    """Return the content of `/opt/ml/output/failure` or `message`, or an empty text."""
    for name in _FAREWELL_FILES:
        path = f"{CONTAINER_ROOT}/output/{name}"
        if text := text_left(content, path, _REASON_CHARACTERS).strip():
            return text
    return ""


def last_lines(text: str, count: int = _TAIL_LINES) -> list[str]:
    """Return the last lines of a log that are not empty."""
    lines = [line.rstrip() for line in text[-_TAIL_BYTES:].splitlines() if line.strip()]
    return lines[-count:]


def _failure(work: Work, host: Host, container: Container, end: JobEnd, output: str) -> StepFailed:
    code = exit_status(end.exit_code)
    lines = last_lines(output)
    if code == REFUSED and lines and lines[-1].startswith(jail.COMPLAINTS):
        return StepFailed(f"InternalServerError: {lines[-1]}", "SageMaker.JOB_INTERNAL_ERROR")
    words = farewell(host.content) or (lines[-1] if lines else "the job printed nothing")
    where = f" on {host.name} of {host.count}" if host.count > 1 else ""
    if host.index:
        _quote(work.log, host, lines)
    reason = f"AlgorithmError: {words}, exit code: {code}{where}"
    if container.isolated and any(complaint in output for complaint in _NETWORK_COMPLAINTS):
        reason += (
            f". The job has no network: step {work.step.name} sets EnableNetworkIsolation; "
            "let it read what it needs through a declared input"
        )
    elif missing := absence("\n".join(lines)):
        reason += f". {missing}"
    return StepFailed(reason)


def _quote(log: Path, host: Host, lines: list[str]) -> None:
    """Copy the last lines of another host's log into the main log."""
    with log.open("a") as file:
        file.write(f"last lines of {host.name}, all of them in {host.log.name}:\n")
        file.writelines(f"{line}\n" for line in lines)
