"""Stacks, their resources, change sets and events, as they are stored."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from pipeline_local.cloudformation.template import parse_template

STACK_TYPE = "AWS::CloudFormation::Stack"


_STEP = dt.timedelta(milliseconds=1)
_last = [dt.datetime.min.replace(tzinfo=dt.UTC)]
_lock = threading.Lock()


def now() -> str:
    """Return the time as it is stored: never the same twice, since clients sort events by it."""
    with _lock:
        _last[0] = max(dt.datetime.now(dt.UTC), _last[0] + _STEP)
        return _last[0].isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Definition:
    """What a stack is made from: the template with its inputs."""

    text: str = "{}"
    parameters: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)  # what SSM holds for a parameter
    tags: dict[str, str] = field(default_factory=dict)

    @cached_property
    def template(self) -> dict[str, Any]:
        """The parsed template."""
        return parse_template(self.text)

    @property
    def values(self) -> dict[str, str]:
        """The values of the parameters."""
        return {**self.parameters, **self.resolved}


@dataclass(frozen=True)
class Record:
    """A resource of a stack.

    Attributes
    ----------
    properties
        As last carried out, resolved, with the stack's tags.
    generation
        How often it was replaced.
    """

    logical_id: str
    kind: str
    status: str = ""
    reason: str = ""
    physical_id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)  # of the template, without properties
    needs: tuple[str, ...] = ()
    generation: int = 0
    updated: str = ""

    def policy(self, name: str) -> str:
        """Return its ``DeletionPolicy`` or ``UpdateReplacePolicy``."""
        return str(self.body.get(name, "Delete"))


@dataclass
class Stack:
    """A stack.

    Attributes
    ----------
    target
        What the operation under way leads to; None if none is.
    undo
        Its resources as they were before the operation under way touched them, in its order; None
        for one that it made.
    waste
        Replaced and removed resources that are deleted when all else is done.
    """

    id: str
    name: str
    account: str
    region: str
    status: str
    reason: str = ""
    created: str = ""
    updated: str = ""
    deleted: str = ""
    definition: Definition = field(default_factory=Definition)
    target: Definition | None = None
    undo: dict[str, Record | None] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    waste: list[Record] = field(default_factory=list)
    protected: bool = False
    role: str = ""
    capabilities: list[str] = field(default_factory=list)
    notifications: list[str] = field(default_factory=list)
    on_failure: str = "ROLLBACK"  # or DO_NOTHING, DELETE
    retain: list[str] = field(default_factory=list)  # what a deletion leaves
    token: str = ""  # the client's, of the operation under way
    change_set: str = ""  # the one executed last

    @property
    def is_busy(self) -> bool:
        """Whether an operation is under way."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def is_gone(self) -> bool:
        """Whether it is deleted; such a stack is found by its id only."""
        return self.status == "DELETE_COMPLETE"

    @property
    def exports(self) -> dict[str, str]:
        """Its exported values by name."""
        return {
            each["ExportName"]: each["OutputValue"] for each in self.outputs if "ExportName" in each
        }

    def to_json(self) -> dict[str, Any]:
        """Return it without its records, which are stored one by one."""
        return asdict(replace(self, records={}))

    @classmethod
    def from_json(cls, value: dict[str, Any], records: dict[str, Record]) -> Stack:
        """Parse the result of `to_json`."""
        undo = {key: each and record_from_json(each) for key, each in value.pop("undo").items()}
        target, waste = value.pop("target"), value.pop("waste")
        return cls(
            **{
                **value,
                "definition": Definition(**value["definition"]),
                "target": Definition(**target) if target else None,
                "undo": undo,
                "waste": [record_from_json(each) for each in waste],
                "records": records,
            }
        )


def record_from_json(value: dict[str, Any]) -> Record:
    """Parse a stored record."""
    return Record(**{**value, "needs": tuple(value["needs"])})


@dataclass
class ChangeSet:
    """A change set; its changes are what `DescribeChangeSet` answers."""

    id: str
    name: str
    stack_id: str
    kind: str
    definition: Definition
    created: str
    status: str = "CREATE_COMPLETE"
    execution: str = "AVAILABLE"
    reason: str = ""
    description: str = ""
    changes: list[dict[str, Any]] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=list)
    notifications: list[str] = field(default_factory=list)
    role: str = ""
    on_failure: str = ""

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ChangeSet:
        """Parse a stored change set."""
        return cls(**{**value, "definition": Definition(**value["definition"])})


@dataclass(frozen=True)
class Event:
    """A line of a stack's history."""

    id: str
    stack_id: str
    logical_id: str
    physical_id: str
    kind: str
    status: str
    reason: str
    time: str
    token: str = ""
