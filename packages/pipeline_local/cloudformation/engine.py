"""CloudFormation of the local AWS: its stacks, and the operations under way.

An operation runs in a thread of its own, since its requests come back to the same server. The
design is in ``docs/decisions/0035-local-cloudformation.md``.
"""

from __future__ import annotations

import sqlite3
import threading
import traceback
from typing import TYPE_CHECKING

from pipeline_local.cloudformation.clients import Clients
from pipeline_local.cloudformation.custom_resources import CustomResource, Responses
from pipeline_local.cloudformation.deployment import Deployment
from pipeline_local.cloudformation.exports import Exports
from pipeline_local.cloudformation.registry import resource_types
from pipeline_local.cloudformation.steps import Steps, StoppedError
from pipeline_local.cloudformation.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pipeline_local.cloudformation.resource_type import ResourceType
    from pipeline_local.cloudformation.stacks import Stack


class Engine:
    """The engine.

    Parameters
    ----------
    port : callable
        Returns the port of the server, which is known once it listens.
    types : mapping, optional
        The types of resources by name; those of `types` without it.
    """

    def __init__(
        self,
        folder: Path,
        port: Callable[[], int],
        log: Callable[[str], None],
        types: Mapping[str, ResourceType] | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.store = Store(folder)
        self.types = resource_types() if types is None else types
        self.responses = Responses(port)
        self.clients = Clients(port)
        self.exports = Exports(self.store, self.clients)
        self._log = log
        self._stopping = False
        self._condition = threading.Condition()
        self._threads: list[threading.Thread] = []

    def resume(self) -> None:
        """Go on with what a stop or a kill interrupted."""
        for stack in list(self.store.stacks.values()):
            if stack.is_busy:
                self._log(f"stack {stack.name}: goes on, {stack.status}")
                self.execute(stack)

    def execute(self, stack: Stack) -> None:
        """Carry out what the stack's status says, in the background."""
        steps = Steps(
            stack,
            self.store,
            self.clients,
            self._type_of,
            self._log,
            lambda: self._stopping,
            self._notify,
        )
        deployment = Deployment(steps, self.types, self.exports)
        name = f"stack {stack.name}"
        thread = threading.Thread(
            target=self._run, args=(stack, deployment), name=name, daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _run(self, stack: Stack, deployment: Deployment) -> None:
        try:
            deployment.run()
        except StoppedError:
            self._log(f"stack {stack.name}: interrupted, {stack.status}")
        except (OSError, sqlite3.Error) as error:
            self._halt(stack, str(error))
        except Exception as error:  # noqa: BLE001 (a defect must not leave a stack busy for ever)
            self._log(traceback.format_exc())
            self._halt(stack, f"{type(error).__name__}: {error}")
        finally:
            self._threads.remove(threading.current_thread())
            self._notify()

    def _halt(self, stack: Stack, why: str) -> None:
        """Let clients wait no more; the store keeps the operation, so that a start goes on."""
        kind = stack.status.partition("_COMPLETE")[0].removesuffix("_IN_PROGRESS")
        stack.status = f"{kind}_FAILED"
        stack.reason = f"the local AWS cannot go on: {why}; its next start does"
        self._log(f"stack {stack.name}: {stack.reason}")

    def _type_of(self, kind: str) -> ResourceType:
        return self.types.get(kind) or CustomResource(kind, self.responses)

    @property
    def is_busy(self) -> bool:
        """Whether an operation is under way."""
        return bool(self._threads)

    def wait_for(self, stack: Stack, seconds: float) -> None:
        """Wait until a stack's operation is over, for so long at most."""
        with self._condition:
            self._condition.wait_for(lambda: not stack.is_busy, seconds)

    def _notify(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def stop(self) -> None:
        """Let no operation go on; the next start does."""
        self._stopping = True

    def close(self) -> None:
        """Close the store, when no operation is left."""
        for thread in list(self._threads):
            thread.join(5)
        self.store.close()
