"""Executions of pipelines, each in a process of its own.

Requests are in moto's memory, and so in the journal; progress is in the run's folder, where
`mlops runs` finds it too. An execution ends with the server's process, and resumes from its last
finished step when a server starts again.
"""

from __future__ import annotations

import json
import queue
import re
import signal
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlops_common.files import write_atomically
from pipeline_local.local_aws.keeper import start_detached
from pipeline_local.runs import service
from pipeline_local.runs.api_execution import EVENTS_SENT, EXECUTION_ENTRY, REQUEST, Execution
from pipeline_local.runs.pipeline_facts import retries_of
from pipeline_local.runs.run_state import RUNS_FOLDER, RunFolder

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pipeline_local.runs.run_state import RunState

_TICK_SECONDS = 0.2
_PROJECT_STATE = ("build", "local-aws")


def runs_root(state: Path) -> Path:
    """Return the project of a state folder (for `mlops runs`), else the state folder itself."""
    return state.parents[1] if state.parts[-2:] == _PROJECT_STATE else state


class Executions:
    """All executions of one state folder."""

    def __init__(self, state: Path, log: Callable[[str], None], pipeline_names: str = "") -> None:
        self._state = state
        self._pipeline_names = pipeline_names
        self.root = runs_root(state)
        self.started = False  # not while the journal is replayed
        self._log = log
        self._asked: list[tuple[str, Execution]] = []
        self._queue: queue.Queue[tuple[str, Execution]] = queue.Queue()
        self._processes: dict[str, tuple[Execution, subprocess.Popen[bytes]]] = {}
        self._stopping: set[str] = set()

    def ask(self, what: str, execution: Execution) -> None:
        """Queue a "start" or "stop" of an execution while a request is answered."""
        self._asked.append((what, execution))

    def collect(self) -> list[tuple[str, Execution]]:
        """Return what was asked since the last call."""
        asked = list(self._asked)
        self._asked.clear()
        return asked

    def execute(self, asked: Iterable[tuple[str, Execution]]) -> None:
        """Execute what was asked in the background; the requests are in the journal now."""
        for item in asked:
            self._queue.put(item)

    def start(self, known: Iterable[tuple[Execution, bool]]) -> None:
        """Start the worker, first on executions that have not ended."""
        self.started = True
        for execution, stopping in known:
            if not self._reported(execution):
                self._queue.put(("stop" if stopping else "start", execution))
        # One thread starts all processes: they end with the thread that started them.
        threading.Thread(target=self._work, name="executions", daemon=True).start()

    def idle(self) -> bool:
        """Return whether nothing runs and nothing waits."""
        return not self._processes and self._queue.empty()

    def folder(self, execution: Execution) -> RunFolder:
        """Return the folder of an execution's run."""
        return RunFolder(self.root / RUNS_FOLDER / execution.run_id)

    def run_of(self, execution: Execution) -> RunState | None:
        """Read the state of an execution's run; None before its first step."""
        folder = self.folder(execution)
        return folder.load() if (folder.folder / "state.json").is_file() else None

    def _ended(self, execution: Execution) -> bool:
        state = self.run_of(execution)
        if state is None or state.ended is None:
            return False
        return state.retries == execution.retries

    def _reported(self, execution: Execution) -> bool:
        path = self.folder(execution).folder / EVENTS_SENT
        sent = json.loads(path.read_text()) if path.is_file() else {}
        return self._ended(execution) and sent.get(EXECUTION_ENTRY) not in {None, "Executing"}

    def _work(self) -> None:
        while True:
            try:
                what, execution = self._queue.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                self._reap()
                continue
            try:
                self._start(execution) if what == "start" else self._stop(execution)
            except OSError as error:  # the worker must outlive any one execution
                self._log(f"execution {execution.arn}: {error}")

    def _start(self, execution: Execution) -> None:
        _, before = self._processes.get(execution.run_id, (None, None))
        if before is not None:
            before.wait()  # its run has ended, or it could not be retried
        self._stopping.discard(execution.run_id)
        self._log(f"execution {execution.arn} runs in {self._launch(execution)}")

    def _launch(self, execution: Execution, *options: str) -> Path:
        folder = self.folder(execution).folder
        name = execution.pipeline
        found = re.fullmatch(self._pipeline_names, name) if self._pipeline_names else None
        environment, short_name = found.groups() if found else ("", name)
        request = {**asdict(execution), "environment": environment, "short_name": short_name}
        write_atomically(folder / REQUEST, json.dumps(request, indent=2))
        self._processes[execution.run_id] = (execution, self._run(folder, *options))
        return folder

    def _run(self, folder: Path, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", service.__name__, *options]
        command += ["--state", str(self._state), "--run", str(folder)]
        return start_detached(command, self.root, folder / "runner.log")

    def _stop(self, execution: Execution) -> None:
        _, process = self._processes.get(execution.run_id, (None, None))
        self._stopping.add(execution.run_id)
        if process is not None:
            process.send_signal(signal.SIGTERM)
        else:
            self._launch(execution, "--stop")

    def _reap(self) -> None:
        for run_id, (execution, process) in list(self._processes.items()):
            if process.poll() is None:
                continue
            del self._processes[run_id]
            if not self._ended(execution):
                code = process.returncode
                self._log(f"execution {execution.arn}: its runner ended with {code}")
                failed = ("--fail", f"the runner ended with exit code {code}")
                how = ("--stop",) if run_id in self._stopping else failed
                self._run(self.folder(execution).folder, *how).wait()


def execution_of(stored: Any, account: str, region: str) -> Execution:
    """Read an execution from moto's memory."""
    parallel = stored.parallelism_configuration or {}
    selective = getattr(stored, "selective", None) or {}
    return Execution(
        arn=stored.arn,
        pipeline=stored.arn.split("/")[1],
        definition=stored.pipeline_definition_for_execution,
        parameters={item["Name"]: item["Value"] for item in stored.pipeline_parameters or []},
        description=stored.pipeline_execution_description or "",
        display_name=stored.pipeline_execution_display_name or "",
        account=account,
        region=region,
        max_parallel=parallel.get("MaxParallelExecutionSteps"),
        retries=retries_of(stored),
        selected=tuple(step["StepName"] for step in selective.get("SelectedSteps") or ()),
        source=selective.get("SourcePipelineExecutionArn", "").rpartition("/")[2],
    )


def all_executions() -> Iterable[tuple[Execution, bool]]:
    """Yield every execution of moto's memory, and whether it is stopping."""
    from moto.sagemaker.models import sagemaker_backends

    backends: Any = sagemaker_backends.iter_backends()
    for account, region, backend in backends:
        for pipeline in backend.pipelines.values():
            for stored in pipeline.pipeline_executions.values():
                stopping = stored.pipeline_execution_status == "Stopping"
                yield execution_of(stored, account, region), stopping
