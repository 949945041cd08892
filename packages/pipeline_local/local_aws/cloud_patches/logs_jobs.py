"""Patches of moto's CloudWatch Logs: the log groups of SageMaker's jobs, from the runs' logs."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.job_records import jobs
from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline_local.local_aws.job_records import JobRecord

# A tuning has no log of its own.
_GROUPS = {
    f"/aws/sagemaker/{kind}s": kind for kind in ("ProcessingJob", "TrainingJob", "TransformJob")
}
_READING = ("describe_log_streams", "get_log_events", "filter_log_events")


def install() -> None:
    """Apply all patches below."""
    jobs_have_streams()


def jobs_have_streams() -> None:
    """Answer with a stream for each job of a run; moto's memory does not keep it."""
    from moto.logs.models import LogsBackend

    def read(known: Callable[..., Any], self: Any, *args: Any, **named: Any) -> Any:
        # Names, or ARNs that end in them; what only looks like one costs time, no more.
        texts = [each for each in (*args, *named.values()) if isinstance(each, str)]
        with with_streams(self, *texts):
            return known(self, *args, **named)

    def listed(
        known: Callable[..., Any], self: Any, prefix: str | None = None, **named: Any
    ) -> Any:
        begin = prefix or named.get("log_group_name_prefix") or ""
        with with_streams(self, *(name for name in _GROUPS if name.startswith(begin))):
            return known(self, begin)

    for name in _READING:
        around(LogsBackend, name, read)
    around(LogsBackend, "describe_log_groups", listed)


@contextmanager
def with_streams(backend: Any, *asked: str) -> Iterator[None]:
    """Lay the streams of jobs over the backend's groups whose names these texts contain."""
    from moto.logs import models

    log_group: Any = models.LogGroup  # its stub has abstract methods
    own = dict(backend.groups)
    for name in (name for name in sorted(_GROUPS) if any(name in each for each in asked)):
        kind = _GROUPS[name]
        found = list(jobs(backend.account_id, backend.region_name, kind))
        if found:
            group = log_group(backend.account_id, backend.region_name, name)
            if name in own:
                vars(group).update(vars(own[name]))
                group.streams = dict(own[name].streams)
            for job in found:
                stream = _stream(group, job)
                group.streams[stream.log_stream_name] = stream
            backend.groups[name] = group
    try:
        yield
    finally:
        for name in backend.groups.keys() - own.keys():
            del backend.groups[name]
        backend.groups.update(own)


def _stream(group: Any, job: JobRecord) -> Any:
    from moto.logs.models import LogStream

    began = datetime.fromisoformat(job.step.started or "")
    stream: Any = LogStream(group, f"{job.name}/algo-1-{int(began.timestamp())}")
    lines = job.log.read_text(errors="replace").splitlines() if job.log.is_file() else []
    # The log has no times of its lines.
    at = int(began.timestamp() * 1000)
    stream.creation_time = began.replace(tzinfo=None)
    stream.put_log_events([{"timestamp": at, "message": line} for line in lines if line])
    # The stream is made anew for each request, and a token of the next page names an event.
    for number, event in enumerate(stream.events):
        event.event_id = number
    return stream
