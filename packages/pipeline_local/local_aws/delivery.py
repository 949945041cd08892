"""Delivery of events to the functions that subscribe to them: in order, at least once.

An event is part of the change that caused it, so a kill cannot lose it: what has no delivery
record when the server starts is delivered again.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlops_common.files import write_atomically
from pipeline_local.aws.functions import FunctionResult, FunctionTarget, invoke_function
from pipeline_local.aws.patterns import check_pattern, matches
from pipeline_local.local_aws.blobs import keep_folder
from pipeline_local.local_aws.journal import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Lambda retries an asynchronous invocation twice. It waits minutes in between; we do not.
ATTEMPTS = 3
# A caller that caused an event waits for its delivery so long; less than a client's read timeout.
WAIT_SECONDS = 45.0
KEPT_OUTCOMES = 50


class Targets:
    """The registered rules, kept in a file, with the code of their functions."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "event-targets.json"
        self._code = folder / "functions"
        self._lock = threading.Lock()
        self._rules: dict[str, dict[str, Any]] = {}
        if self._path.exists():
            self._rules = json.loads(self._path.read_text())

    def register(self, name: str, event_pattern: dict[str, Any], function: FunctionTarget) -> None:
        """Add or replace a rule; the code is copied, as the folder of a synthesis does not last."""
        check_pattern(event_pattern)
        with self._lock:
            kept = replace(function, folder=keep_folder(function.folder, self._code))
            rule = {"pattern": event_pattern, "function": kept.to_json()}
            if self._rules.get(name) != rule:
                self._rules = {**self._rules, name: rule}
                write_atomically(self._path, json.dumps(self._rules, indent=2, sort_keys=True))

    def names(self) -> list[str]:
        """List the rules."""
        return sorted(self._rules)

    def matching(self, event: dict[str, Any]) -> list[tuple[str, FunctionTarget]]:
        """List the rules that an event matches, with their functions."""
        return [
            (name, FunctionTarget.from_json(rule["function"]))
            for name, rule in sorted(self._rules.items())
            if matches(rule["pattern"], event)
        ]


class Deliveries:
    """The worker that delivers, one event at a time."""

    def __init__(
        self,
        targets: Targets,
        environment: Callable[[str, str], dict[str, str]],
        record: Callable[[Delivery], None],
        log: Callable[[str], None],
    ) -> None:
        self._targets = targets
        self.environment = environment
        self._record = record
        self._log = log
        self._queue: queue.Queue[tuple[dict[str, Any], threading.Event]] = queue.Queue()
        self.pending: dict[str, dict[str, Any]] = {}
        self.outcomes: list[dict[str, Any]] = []

    def start(self) -> None:
        """Start the worker, first on the events that are still pending."""
        threading.Thread(target=self._work, name="deliveries", daemon=True).start()
        for event in list(self.pending.values()):
            self._queue.put((event, threading.Event()))

    def send(self, events: list[dict[str, Any]], *, wait: bool) -> None:
        """Deliver events that are noted as `pending`; return when they are delivered if `wait`."""
        finished = []
        for event in events:
            done = threading.Event()
            self._queue.put((event, done))
            finished.append(done)
        deadline = time.monotonic() + WAIT_SECONDS
        for done in finished if wait else ():
            done.wait(max(0.0, deadline - time.monotonic()))

    def note(self, delivery: Delivery) -> None:
        """Note an outcome, now or when the journal is replayed."""
        event = self.pending.pop(delivery.event_id, None)
        detail = (event or {}).get("detail", {})
        for outcome in delivery.outcomes:
            self.outcomes.append(
                {
                    **outcome,
                    "event": delivery.event_id,
                    "detail-type": (event or {}).get("detail-type"),
                    "time": (event or {}).get("time"),
                    "about": detail.get("ModelPackageArn"),
                    "status": detail.get("ModelApprovalStatus"),
                }
            )
        del self.outcomes[:-KEPT_OUTCOMES]

    def idle(self) -> bool:
        """Return whether no event is pending."""
        return not self.pending

    def _work(self) -> None:
        while True:
            event, done = self._queue.get()
            try:
                self._record(Delivery(event["id"], self._deliver(event)))
            except Exception as error:  # noqa: BLE001 (the worker must outlive any one event)
                self._log(f"event {event['id']} was not delivered: {error}")
            finally:
                done.set()

    def _deliver(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        outcomes = []
        for name, function in self._targets.matching(event):
            result, attempts = self._invoke(function, event)
            outcomes.append(
                {
                    "target": name,
                    "function": function.name,
                    "succeeded": result.error is None,
                    "attempts": attempts,
                    "message": result.error or "",
                }
            )
        return outcomes

    def _invoke(
        self, function: FunctionTarget, event: dict[str, Any]
    ) -> tuple[FunctionResult, int]:
        aws = self.environment(event["account"], event["region"])
        attempt = 0
        while True:
            attempt += 1
            result = invoke_function(function, event, aws, event["account"])
            outcome = result.error or f"succeeded in {result.seconds:.1f} s"
            self._log(
                f"{function.name} for event {event['id']}, attempt {attempt}: {outcome}\n"
                f"{result.log}"
            )
            if result.error is None or attempt == ATTEMPTS:
                return result, attempt
