"""The state of the local AWS: moto's memory through the journal, rules, deliveries."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws import checkpoint, events
from pipeline_local.local_aws.blobs import Blobs, sweep
from pipeline_local.local_aws.checkpoint import Picture
from pipeline_local.local_aws.delivery import Deliveries, Targets
from pipeline_local.local_aws.journal import Change, Delivery, Emission, Journal
from pipeline_local.local_aws.registered_functions import RegisteredFunctions
from pipeline_local.local_aws.wsgi_journal import replayable, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_local.local_aws.executions import Executions

# Answering a change again takes about 2 ms, so this many cost a start about one second.
CHANGES_PER_PICTURE = 500


class State:
    """The stored state, replayed into moto's empty memory when made."""

    def __init__(
        self,
        folder: Path,
        moto: Any,
        environment: Callable[[str, str], dict[str, str]],
        executions: Executions,
        log: Callable[[str], None],
    ) -> None:
        self.executions = executions
        self.lock = threading.RLock()
        sweep(folder)
        self._blobs = Blobs(folder / "blobs")
        self._journal = Journal(folder / "journal", self._blobs)
        self._picture = folder / "checkpoint"
        self._log = log
        self._since_picture = 0
        self.targets = Targets(folder)
        self.functions = RegisteredFunctions(folder)
        self.deliveries = Deliveries(self.targets, environment, self.note_delivery, log)
        self._read_back(moto)

    def _read_back(self, moto: Any) -> None:
        picture = checkpoint.load(self._picture, self._journal.id, self._blobs, self._log)
        if picture is not None:
            self.deliveries.pending.update(picture.pending_events)
            self.deliveries.outcomes.extend(picture.deliveries)
        for record in self._journal.read(picture.offset if picture else 0):
            if isinstance(record, Delivery):
                self.deliveries.note(record)
                continue
            if isinstance(record, Emission):
                self.deliveries.pending.update({event["id"]: event for event in record.events})
                continue
            run(moto, replayable(record.environ), record.body, record.moment, self._log)
            self.deliveries.pending.update({event["id"]: event for event in record.events})
            self._since_picture += 1

        self._log(
            f"state read back: {'from the checkpoint and ' if picture else ''}"
            f"{self._since_picture} changes"
        )
        events.collect()  # the journal already holds them
        self.executions.collect()
        if self._since_picture >= CHANGES_PER_PICTURE:
            self.take_picture()

    def note_change(self, change: Change) -> None:
        """Write a change; call it under the lock."""
        self._journal.add_change(change)
        self.deliveries.pending.update({event["id"]: event for event in change.events})
        self._since_picture += 1
        if self._since_picture >= CHANGES_PER_PICTURE:
            self.take_picture()

    def note_delivery(self, delivery: Delivery) -> None:
        """Write the outcome of an event."""
        with self.lock:
            self._journal.add_delivery(delivery)
            self.deliveries.note(delivery)

    def emit(self, emitted: list[dict[str, Any]]) -> None:
        """Write and deliver events that no request caused."""
        with self.lock:
            self._journal.add_emission(Emission(emitted))
            self.deliveries.pending.update({event["id"]: event for event in emitted})
        self.deliveries.send(emitted, wait=False)

    def take_picture(self) -> None:
        """Take a snapshot of moto's memory; a failure only makes the next start slower."""
        with self.lock:
            if self._since_picture == 0 and self._picture.exists():
                return
            picture = Picture(
                self._journal.id,
                self._journal.length,
                dict(self.deliveries.pending),
                list(self.deliveries.outcomes),
            )
            try:
                checkpoint.save(self._picture, picture, self._blobs)
            except Exception as error:  # noqa: BLE001 (any: it is only a cache)
                self._log(f"no checkpoint: {error}")
            self._since_picture = 0

    def status(self) -> dict[str, Any]:
        """Return a summary for `mlops local status`."""
        with self.lock:
            return {
                "journal_bytes": self._journal.length,
                "rules": self.targets.names(),
                "events_pending": len(self.deliveries.pending),
                "deliveries": list(self.deliveries.outcomes),
            }

    def close(self) -> None:
        """Take a snapshot and close the journal."""
        with self.lock:
            self.take_picture()
            self._journal.close()
