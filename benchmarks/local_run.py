"""Overhead of the local runner over the scripts' own times, over a whole training run.

The baseline is the time of the jobs' processes along the critical path, without the cost of their
jails. Ours is everything from the command to the end of the run, deployment included.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from benchmarks.measuring import row, seconds

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from pipeline_local.jobs.sandbox import JobEnd, JobProcess
    from pipeline_schema.definition import Definition

_JAIL_STARTS = 5


def run() -> list[dict[str, Any]]:
    """Measure a run in which every job runs, and the same run again, from the cache."""
    from mlops.data.resolve import stand_in_at
    from mlops.synthesis import synthesize
    from mlops.synthesis.project import project_root

    root = project_root()
    synthesize("dev", root)
    with tempfile.TemporaryDirectory(prefix="mlops-benchmark-") as scratch:
        data = stand_in_at(Path(scratch)).path
        _timed_run(root, data, str(time.time_ns()))  # starts the local AWS and deploys
        version = str(time.time_ns())  # other data, so that no result is re-used
        first, scripts = _timed_run(root, data, version)
        again, _ = _timed_run(root, data, version)
    return [
        row("local training run: scripts alone, runner", scripts, first, first / scripts),
        row("the same run again: first time, from cache", first, again, again / first),
    ]


def _timed_run(root: Path, data: Path, version: str) -> tuple[float, float]:
    """Return the seconds of a whole run, and of its scripts along the critical path."""
    from mlops.local_project import local_project
    from mlops_common.errors import MlopsError
    from pipeline_local.jobs import containers
    from pipeline_local.jobs.sandbox import run_processes
    from pipeline_local.runs import runner
    from pipeline_local.runs.observer import Observer
    from pipeline_local.runs.run_state import Status, find_run
    from pipeline_schema.definition import parse_definition

    scripts: dict[str, float] = {}

    def timed(jobs: Sequence[JobProcess], stop: threading.Event, *, debug: bool) -> JobEnd:
        started = time.perf_counter()
        end = run_processes(jobs, stop, debug=debug)
        folders = jobs[0].folder.parts
        step = folders[folders.index("jobs") + 1]
        scripts[step] = scripts.get(step, 0.0) + time.perf_counter() - started
        return end

    request = runner.RunRequest("training", "dev", {"DataVersion": version}, data)
    with mock.patch.object(containers, "run_processes", timed):
        started = time.perf_counter()
        state = runner.start(request, local_project(root), Observer())
        whole = time.perf_counter() - started
    # The stand-in may fail the gate on quality: every job has run then too.
    if state.status is not Status.SUCCEEDED and state.failure and "Error" in state.failure:
        raise MlopsError(f"the run failed: {state.failure}")
    definition = parse_definition("training", find_run(root, state.run_id).load_definition())
    jail = _jail_seconds() if scripts else 0.0
    return whole, _critical_path(
        definition, {step: max(0.0, spent - jail) for step, spent in scripts.items()}
    )


def _jail_seconds() -> float:
    """Measure the cost of starting a job that does nothing."""
    import threading

    from pipeline_local.jobs.sandbox import JobProcess, run_processes

    with tempfile.TemporaryDirectory(prefix="mlops-benchmark-") as scratch:
        folder = Path(scratch)
        (folder / "ml").mkdir()
        job = JobProcess(
            command=("true",),
            environment={},
            folder=folder,
            log=folder / "log",
            isolated=True,
            max_seconds=60,
            directory="/",
        )
        return min(
            seconds(lambda: run_processes([job], threading.Event())) for _ in range(_JAIL_STARTS)
        )


def _critical_path(definition: Definition, spent: dict[str, float]) -> float:
    """Return the longest sum of seconds along the dependencies of a pipeline's steps."""
    from functools import cache

    from pipeline_schema import graph

    @cache
    def until(name: str) -> float:
        before = graph.dependencies(definition.steps[name])
        return spent.get(name, 0.0) + max(map(until, before), default=0.0)

    return max(map(until, definition.steps))
