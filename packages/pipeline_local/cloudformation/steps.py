"""Steps of a deployment: one resource created, changed or deleted, whole or not at all."""

from __future__ import annotations

import hashlib
import traceback
import uuid
from base64 import b32encode
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.cloudformation.resource_type import Context, Resource, ResourceError
from pipeline_local.cloudformation.stacks import STACK_TYPE, Event, Record, Stack, now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline_local.cloudformation.clients import Clients
    from pipeline_local.cloudformation.resource_type import ResourceType
    from pipeline_local.cloudformation.store import Store

_SUFFIX = 12
_LONGEST_NAME = 63
GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})


class StepError(Exception):
    """A resource could not be created, changed or deleted."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id = logical_id


class StoppedError(Exception):
    """The server stops; what is under way is done anew at the next start."""


@dataclass
class Steps:
    """What carries out the steps of one stack."""

    stack: Stack
    store: Store
    clients: Clients
    type_of: Callable[[str], ResourceType]
    log: Callable[[str], None]
    is_stopping: Callable[[], bool]
    changed: Callable[[], None]

    def stack_event(self, status: str, reason: str = "") -> Event:
        """Make an event of the stack itself."""
        stack = self.stack
        return self._event(stack.name, stack.id, STACK_TYPE, status, reason)

    def _event(self, logical_id: str, physical_id: str, kind: str, status: str, why: str) -> Event:
        return Event(
            str(uuid.uuid4()),
            self.stack.id,
            logical_id,
            physical_id,
            kind,
            status,
            why,
            now(),
            self.stack.token,
        )

    def move(self, status: str, reason: str = "", *more: Event) -> None:
        """Give the stack a status."""
        self.stack.status, self.stack.reason = status, reason
        self.store.put_stack(self.stack, *more, self.stack_event(status, reason))
        self.changed()

    def create(self, record: Record, *, verb: str = "CREATE") -> None:
        """Create a resource; `verb` is UPDATE for one that replaces another."""
        kind = self.type_of(record.kind)
        made = replace(record, physical_id="", attributes={})
        hint = "Requested update requires the creation of a new physical resource; hence creating"
        reason = "" if verb == "CREATE" else f"{hint} one."
        self._carry_out(made, verb, lambda it: kind.create(it, made.properties), reason)

    def update(self, before: Record, after: Record, *, takes_back: bool = False) -> None:
        """Change a resource in place.

        After a failure its record holds what it was changed to, so that this is taken back; what
        is taken back already keeps its record as it is.
        """
        kind = self.type_of(after.kind)
        same = replace(after, physical_id=before.physical_id, attributes=before.attributes)
        self._carry_out(
            same,
            "UPDATE",
            lambda it: kind.update(it, before.physical_id, before.properties, after.properties),
            in_doubt=before if takes_back else same,
        )

    def keep(self, records: Iterable[Record], events: Iterable[Event] = ()) -> None:
        """Write records of resources of which nothing changes."""
        self.store.put_records(self.stack, records, events)

    def _carry_out(
        self,
        record: Record,
        verb: str,
        action: Callable[[Context], Resource],
        reason: str = "",
        in_doubt: Record | None = None,
    ) -> None:
        token, notes = uuid.uuid4().hex, list[str]()
        unsure = in_doubt or record
        self._write(unsure, f"{verb}_IN_PROGRESS", reason, begins=token)
        try:
            with self.clients.step(token):
                made = action(self._context(record, notes.append))
        except Exception as error:
            problem = self._problem(error)
            self._write(unsure, f"{verb}_FAILED", problem, ends=token)
            raise StepError(record.logical_id, problem) from error
        for note in notes:
            self.log(f"{self.stack.name} {record.logical_id}: {note}")
        whole = replace(record, physical_id=made.physical_id, attributes=dict(made.attributes))
        self._write(whole, f"{verb}_COMPLETE", "; ".join(notes), ends=token)

    def _write(
        self, record: Record, status: str, reason: str, *, begins: str = "", ends: str = ""
    ) -> None:
        dated = replace(record, status=status, reason=reason, updated=now())
        self.store.put_records(
            self.stack, [dated], [self.event_of(dated)], begins=begins, ends=ends
        )
        self.changed()

    def event_of(self, record: Record) -> Event:
        """Make an event of a resource's status."""
        return self._event(
            record.logical_id, record.physical_id, record.kind, record.status, record.reason
        )

    def delete(self, record: Record, *, keeps: bool = False, of_stack: bool = True) -> None:
        """Delete a resource, or leave it if its policy says so.

        `of_stack` is false for one that the stack has no more: a replaced or removed one.
        """
        if not record.physical_id:
            self._note(record, "DELETE_COMPLETE", of_stack=of_stack)
            return
        if keeps:
            self._note(record, "DELETE_SKIPPED", of_stack=of_stack)
            return
        token = uuid.uuid4().hex
        self._note(record, "DELETE_IN_PROGRESS", of_stack=of_stack, begins=token)
        try:
            kind = self.type_of(record.kind)
            with self.clients.step(token):
                context = self._context(record, self.log)
                kind.delete(context, record.physical_id, record.properties)
        except Exception as error:
            problem = self._problem(error)
            self._note(record, "DELETE_FAILED", problem, of_stack=of_stack, ends=token)
            raise StepError(record.logical_id, problem) from error
        self._note(record, "DELETE_COMPLETE", of_stack=of_stack, ends=token)

    def _note(
        self,
        record: Record,
        status: str,
        reason: str = "",
        *,
        of_stack: bool,
        begins: str = "",
        ends: str = "",
    ) -> None:
        dated = replace(record, status=status, reason=reason, updated=now())
        records = [dated] if of_stack else []
        event = self.event_of(dated)
        self.store.put_records(self.stack, records, [event], begins=begins, ends=ends)
        self.changed()

    def _problem(self, error: Exception) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        if self.is_stopping():
            raise StoppedError from error
        if isinstance(error, ResourceError | MlopsError):
            return str(error)
        if isinstance(error, ClientError):
            answer = error.response
            status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
            code = answer.get("Error", {}).get("Code", "")
            words = answer.get("Error", {}).get("Message", "")
            return f"{words} ({error.operation_name}, Status Code: {status}, Error Code: {code})"
        if isinstance(error, BotoCoreError):
            return f"{type(error).__name__}: {error}"
        self.log("".join(traceback.format_exception(error)))
        return f"Internal Failure: {type(error).__name__}: {error}"

    def _context(self, record: Record, say: Callable[[str], None]) -> Context:
        stack = self.stack
        return Context(
            client=self.clients.of(stack.account, stack.region),
            account=stack.account,
            region=stack.region,
            partition=stack.id.split(":")[1],
            stack_id=stack.id,
            stack_name=stack.name,
            logical_id=record.logical_id,
            generated_name=generated_name(stack, record),
            say=say,
        )


def generated_name(stack: Stack, record: Record) -> str:
    """Return the name of a resource that its template gives none."""
    seed = f"{stack.id}/{record.logical_id}/{record.generation}"
    suffix = b32encode(hashlib.sha256(seed.encode()).digest()).decode()[:_SUFFIX]
    rest = _LONGEST_NAME - _SUFFIX - 2
    name = stack.name[: max(rest - len(record.logical_id), rest // 2)]
    return f"{name}-{record.logical_id[: rest - len(name)]}-{suffix}"


def problem_words(verb: str, failed: list[str]) -> str:
    """Return CloudFormation's reason for a stack of which resources failed."""
    return f"The following resource(s) failed to {verb}: [{', '.join(failed)}]. "
