"""The state of the local AWS: moto's memory through the journal, rules, deliveries."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.clients import STEP_HEADER
from pipeline_local.local_aws import checkpoint, events
from pipeline_local.local_aws.blobs import Blobs, sweep
from pipeline_local.local_aws.checkpoint import Checkpoint
from pipeline_local.local_aws.delivery import Deliveries, Targets
from pipeline_local.local_aws.journal import Change, Delivery, Emission, Journal
from pipeline_local.local_aws.registered_functions import RegisteredFunctions
from pipeline_local.local_aws.wsgi_journal import replayable, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_local.cloudformation.store import Store
    from pipeline_local.local_aws.executions import Executions

_STEP = "HTTP_" + STEP_HEADER.upper().replace("-", "_")
# Replaying a change takes about 2 ms, so this many cost a start about one second.
CHANGES_PER_CHECKPOINT = 500


class State:
    """The stored state, replayed into moto's empty memory when made."""

    def __init__(
        self,
        folder: Path,
        moto: Any,
        environment: Callable[[str, str], dict[str, str]],
        executions: Executions,
        log: Callable[[str], None],
        *,
        stacks: Store,
    ) -> None:
        self.executions = executions
        self.stacks = stacks
        self.lock = threading.RLock()
        sweep(folder)
        self._blobs = Blobs(folder / "blobs")
        self._journal = Journal(folder / "journal", self._blobs)
        self._checkpoint = folder / "checkpoint"
        self._log = log
        self._since_checkpoint = 0
        self._abandoned = False
        self.targets = Targets(folder)
        self.functions = RegisteredFunctions(folder)
        self.deliveries = Deliveries(self.targets, environment, self.note_delivery, log)
        self._restore(moto)

    def _restore(self, moto: Any) -> None:
        restored = checkpoint.load(self._checkpoint, self._journal.id, self._blobs, self._log)
        if restored is not None:
            self.deliveries.pending.update(restored.pending_events)
            self.deliveries.outcomes.extend(restored.deliveries)
        for record in self._journal.read(restored.offset if restored else 0):
            if isinstance(record, Delivery):
                self.deliveries.note(record)
                continue
            if isinstance(record, Change):
                if record.environ.get(_STEP) in self.stacks.undone:
                    continue  # a kill cut the step short; it is done anew
                run(moto, replayable(record.environ), record.body, record.moment, self._log)
                self._since_checkpoint += 1
            self.deliveries.expect(record.events)
        self._log(
            f"state restored: {'from the checkpoint and ' if restored else ''}"
            f"{self._since_checkpoint} changes"
        )
        events.collect()  # the journal already holds them
        self.executions.collect()
        if self._since_checkpoint >= CHANGES_PER_CHECKPOINT:
            self.write_checkpoint()

    def note_change(self, change: Change) -> None:
        """Write a change; call it under the lock."""
        self._journal.add_change(change)
        self.deliveries.expect(change.events)
        self._since_checkpoint += 1
        if self._since_checkpoint >= CHANGES_PER_CHECKPOINT:
            self.write_checkpoint()

    def note_delivery(self, delivery: Delivery) -> None:
        """Write the outcome of an event."""
        with self.lock:
            self._journal.add_delivery(delivery)
            self.deliveries.note(delivery)

    def emit(self, emitted: list[dict[str, Any]]) -> None:
        """Write and deliver events that no request caused."""
        with self.lock:
            self._journal.add_emission(Emission(emitted))
            self.deliveries.expect(emitted)
        self.deliveries.send(emitted, wait=False)

    def write_checkpoint(self) -> None:
        """Write a checkpoint of moto's memory; a failure only makes the next start slower."""
        with self.lock:
            if self._since_checkpoint == 0 and self._checkpoint.exists():
                return
            if self.stacks.is_within_a_step:
                return  # after a kill the changes of that step must not be in it
            taken = Checkpoint(
                self._journal.id,
                self._journal.length,
                dict(self.deliveries.pending),
                list(self.deliveries.outcomes),
            )
            try:
                checkpoint.save(self._checkpoint, taken, self._blobs)
            except Exception as error:  # noqa: BLE001 (any: it is only a cache)
                self._log(f"no checkpoint: {error}")
            self._since_checkpoint = 0

    def status(self) -> dict[str, Any]:
        """Return a summary for `mlops local status`."""
        with self.lock:
            return {
                "journal_bytes": self._journal.length,
                "rules": self.targets.names(),
                "events_pending": len(self.deliveries.pending),
                "deliveries": list(self.deliveries.outcomes),
            }

    def abandon(self) -> None:
        """Write no checkpoint any more: moto's memory holds what the journal does not."""
        self._abandoned = True

    def close(self) -> None:
        """Write a checkpoint and close the journal."""
        with self.lock:
            if not self._abandoned:
                self.write_checkpoint()
            self._journal.close()
