"""Delivery of events to the functions that subscribe to them: in order, at least once.

An event is part of the change that caused it, so a kill cannot lose it: what has no delivery
record when the server starts is delivered again.
"""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline_local.aws.functions import FunctionResult, FunctionTarget, invoke_function
from pipeline_local.aws.patterns import check_pattern, matches
from pipeline_local.local_aws.deployed_functions import rule_names, subscribed
from pipeline_local.local_aws.journal import Delivery
from pipeline_local.local_aws.registered_functions import FunctionFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Lambda retries an asynchronous invocation twice, after minutes; here at once.
ATTEMPTS = 3
# Timeout of a caller that waits for a delivery; below a client's read timeout.
WAIT_SECONDS = 45.0
KEPT_OUTCOMES = 50


class Targets(FunctionFile):
    """The registered rules, kept in a file, with the code of their functions."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "event-targets.json")

    def register(self, name: str, event_pattern: dict[str, Any], function: FunctionTarget) -> None:
        """Add or replace a rule."""
        check_pattern(event_pattern)
        self._put(name, function, lambda copied: {"pattern": event_pattern, "function": copied})

    def names(self) -> list[str]:
        """List the rules."""
        return sorted({*self._entries, *rule_names()})

    def matching(self, event: dict[str, Any]) -> list[tuple[str, FunctionTarget]]:
        """List the rules that an event matches, with their functions.

        A rule of EventBridge's state comes before a registered one of its name.
        """
        registered = {
            name: FunctionTarget.from_json(rule["function"])
            for name, rule in self._entries.items()
            if matches(rule["pattern"], event)
        }
        return sorted({**registered, **subscribed(event, self._code)}.items())


@dataclass
class Deliveries:
    """The worker that delivers, one event at a time."""

    targets: Targets
    environment: Callable[[str, str], dict[str, str]]  # of a function, by account and region
    record: Callable[[Delivery], None]
    log: Callable[[str], None]
    pending: dict[str, dict[str, Any]] = field(default_factory=dict)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    _queue: queue.Queue[tuple[dict[str, Any], threading.Event]] = field(default_factory=queue.Queue)

    def start(self) -> None:
        """Start the worker, first on the events that are still pending."""
        threading.Thread(target=self._work, name="deliveries", daemon=True).start()
        for event in list(self.pending.values()):
            self._queue.put((event, threading.Event()))

    def expect(self, events: list[dict[str, Any]]) -> None:
        """Note events as pending."""
        self.pending.update({event["id"]: event for event in events})

    def send(self, events: list[dict[str, Any]], *, wait: bool) -> None:
        """Deliver expected events; return when they are delivered if `wait`."""
        finished = [threading.Event() for _ in events]
        for item in zip(events, finished, strict=True):
            self._queue.put(item)
        deadline = time.monotonic() + WAIT_SECONDS
        for done in finished if wait else ():
            done.wait(max(0.0, deadline - time.monotonic()))

    def note(self, delivery: Delivery) -> None:
        """Note an outcome, now or when the journal is replayed."""
        event = self.pending.pop(delivery.event_id, {})
        facts = {
            "event": delivery.event_id,
            "detail-type": event.get("detail-type"),
            "time": event.get("time"),
            "about": event.get("detail", {}).get("ModelPackageArn"),
            "status": event.get("detail", {}).get("ModelApprovalStatus"),
        }
        self.outcomes.extend({**outcome, **facts} for outcome in delivery.outcomes)
        del self.outcomes[:-KEPT_OUTCOMES]

    def idle(self) -> bool:
        """Return whether no event is pending."""
        return not self.pending

    def _work(self) -> None:
        while True:
            event, done = self._queue.get()
            try:
                self.record(Delivery(event["id"], self._deliver(event)))
            except Exception as error:  # noqa: BLE001 (the worker must outlive any one event)
                self.log(f"event {event['id']} was not delivered: {error}")
            finally:
                done.set()

    def _deliver(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        outcomes = []
        for name, function in self.targets.matching(event):
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
            self.log(
                f"{function.name} for event {event['id']}, attempt {attempt}: {outcome}\n"
                f"{result.log}"
            )
            if result.error is None or attempt == ATTEMPTS:
                return result, attempt
