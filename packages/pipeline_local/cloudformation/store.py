"""The store of all stacks: one SQLite file, which each step of a deployment changes as a whole."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.cloudformation.stacks import (
    ChangeSet,
    Event,
    Record,
    Stack,
    record_from_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE = "cloudformation.sqlite"
_FORMAT = 1
_TABLES = """
CREATE TABLE stacks (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE records (
    stack TEXT NOT NULL, logical_id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (stack, logical_id)
);
CREATE TABLE change_sets (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE events (number INTEGER PRIMARY KEY, stack TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE steps (token TEXT PRIMARY KEY, is_undone INTEGER NOT NULL);
"""


class Store:
    """The stacks, change sets and events, in memory and on disk.

    A step is a resource's creation, change or deletion: its requests carry the step's token. The
    requests of a step that a kill cut short are left out when the local AWS's journal is replayed
    (`undone`), so that it is done anew as a whole.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = NORMAL")
            version = self._base.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._base.executescript(f"{_TABLES} PRAGMA user_version = {_FORMAT};")
            self._base.execute("UPDATE steps SET is_undone = 1")
        except sqlite3.DatabaseError as error:
            raise MlopsError(f"{path} is damaged ({error}); run: mlops local reset") from None
        if version not in {0, _FORMAT}:
            raise MlopsError(f"{path} was written by another version; run: mlops local reset")
        self.undone = frozenset(row[0] for row in self._base.execute("SELECT token FROM steps"))
        self.stacks = self._read_stacks()
        self.change_sets = {
            name: ChangeSet.from_json(json.loads(body))
            for name, body in self._base.execute("SELECT id, body FROM change_sets ORDER BY rowid")
        }
        self._under_way: set[str] = set()

    @property
    def is_within_a_step(self) -> bool:
        """Whether some step has begun and not ended."""
        return bool(self._under_way)

    def _read_stacks(self) -> dict[str, Stack]:
        records: dict[str, dict[str, Record]] = {}
        for stack, name, body in self._base.execute(
            "SELECT stack, logical_id, body FROM records ORDER BY rowid"
        ):
            records.setdefault(stack, {})[name] = record_from_json(json.loads(body))
        return {
            name: Stack.from_json(json.loads(body), records.get(name, {}))
            for name, body in self._base.execute("SELECT id, body FROM stacks ORDER BY rowid")
        }

    def put_stack(self, stack: Stack, *events: Event) -> None:
        """Write a stack without its records, and add events."""
        self.stacks[stack.id] = stack
        self._write(
            [(_PUT_STACK, (stack.id, _text(stack.to_json()))), *_event_rows(events)],
        )

    def put_records(
        self,
        stack: Stack,
        records: Iterable[Record] = (),
        events: Iterable[Event] = (),
        *,
        removed: Iterable[str] = (),
        begins: str = "",
        ends: str = "",
    ) -> None:
        """Write a stack with some of its records; a step may begin or end with it."""
        rows: list[tuple[str, tuple[Any, ...]]] = [(_PUT_STACK, (stack.id, _text(stack.to_json())))]
        for record in records:
            stack.records[record.logical_id] = record
            rows.append((_PUT_RECORD, (stack.id, record.logical_id, _text(asdict(record)))))
        for name in removed:
            stack.records.pop(name, None)
            rows.append((_REMOVE_RECORD, (stack.id, name)))
        if begins:
            self._under_way.add(begins)
            rows.append((_BEGIN, (begins,)))
        if ends:
            rows.append((_END, (ends,)))
        self._write([*rows, *_event_rows(events)])
        self._under_way.discard(ends)

    def put_change_set(self, change_set: ChangeSet) -> None:
        """Write a change set."""
        self.change_sets[change_set.id] = change_set
        self._write([(_PUT_CHANGE_SET, (change_set.id, _text(asdict(change_set))))])

    def remove_change_set(self, name: str) -> None:
        """Remove a change set."""
        self.change_sets.pop(name, None)
        self._write([("DELETE FROM change_sets WHERE id = ?", (name,))])

    def events(self, stack_id: str) -> list[Event]:
        """Return the history of a stack, the newest first."""
        with self._lock:
            rows = self._base.execute(
                "SELECT body FROM events WHERE stack = ? ORDER BY number DESC", (stack_id,)
            ).fetchall()
        return [Event(**json.loads(row[0])) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def _write(self, rows: list[tuple[str, tuple[Any, ...]]]) -> None:
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                for statement, values in rows:
                    self._base.execute(statement, values)
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")


_PUT_STACK = "INSERT INTO stacks VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
_PUT_RECORD = (
    "INSERT INTO records VALUES (?, ?, ?) "
    "ON CONFLICT (stack, logical_id) DO UPDATE SET body = excluded.body"
)
_PUT_CHANGE_SET = (
    "INSERT INTO change_sets VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
)
_REMOVE_RECORD = "DELETE FROM records WHERE stack = ? AND logical_id = ?"
_BEGIN = "INSERT INTO steps VALUES (?, 0)"
_END = "DELETE FROM steps WHERE token = ?"


def _event_rows(events: Iterable[Event]) -> list[tuple[str, tuple[Any, ...]]]:
    return [
        ("INSERT INTO events (stack, body) VALUES (?, ?)", (each.stack_id, _text(asdict(each))))
        for each in events
    ]


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
