"""The append-only file that is the local AWS's state.

One record per line: a checksum, a space, JSON. A line that a kill cut short was never
acknowledged, so it is dropped when the file is opened; any other damage is an error.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.local_aws.blobs import INLINE_BYTES, Blobs
from pipeline_local.local_aws.determinism import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMAT = 1


@dataclass(frozen=True)
class Change:
    """A request that changed something."""

    environ: dict[str, Any]  # WSGI, texts and header names only
    body: bytes
    moment: Moment
    events: list[dict[str, Any]]


@dataclass(frozen=True)
class Delivery:
    """The outcome of an event."""

    event_id: str
    outcomes: list[dict[str, Any]]  # per target: target, function, succeeded, attempts, message


@dataclass(frozen=True)
class Emission:
    """Events that no request caused: a running pipeline made progress."""

    events: list[dict[str, Any]]


class Journal:
    """The file; bodies too large for a line are kept as blobs."""

    def __init__(self, path: Path, blobs: Blobs) -> None:
        self.path = path
        self._blobs = blobs
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)
        self._file.truncate(_whole_length(path))
        if self._file.seek(0, os.SEEK_END) == 0:
            self._append({"kind": "journal", "format": FORMAT, "id": os.urandom(8).hex()})
        with path.open("rb") as file:
            first = _parse(file.readline()) or {}
        if first.get("kind") != "journal" or first.get("format") != FORMAT:
            self._file.close()
            raise _unusable(path, f"{path} was written by another version of the local AWS")
        self.id: str = first["id"]

    @property
    def length(self) -> int:
        """Bytes written so far."""
        return self._file.seek(0, os.SEEK_END)

    def add_change(self, change: Change) -> None:
        """Write a change; when this returns, a kill of the process cannot lose it."""
        large = len(change.body) > INLINE_BYTES
        self._append(
            {
                "kind": "change",
                "environ": change.environ,
                "body": None if large else base64.b64encode(change.body).decode(),
                "blob": self._blobs.put(change.body) if large else None,
                "time": change.moment.microseconds,
                "seed": change.moment.seed,
                "events": change.events,
            }
        )

    def add_delivery(self, delivery: Delivery) -> None:
        """Write the outcome of an event."""
        self._append(
            {"kind": "delivery", "event": delivery.event_id, "outcomes": delivery.outcomes}
        )

    def add_emission(self, emission: Emission) -> None:
        """Write events that no request caused."""
        self._append({"kind": "emission", "events": emission.events})

    def read(self, start: int = 0) -> Iterator[Change | Delivery | Emission]:
        """Read the records again, in order, from byte 0 or an earlier `length`."""
        with self.path.open("rb") as file:
            file.seek(start)
            offset = start
            for line in file:
                record = _parse(line)
                if record is None:
                    raise _unusable(self.path, f"{self.path} is damaged at byte {offset}")
                offset += len(line)
                if record["kind"] == "change":
                    yield self._change(record)
                elif record["kind"] == "delivery":
                    yield Delivery(record["event"], record["outcomes"])
                elif record["kind"] == "emission":
                    yield Emission(record["events"])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _change(self, record: dict[str, Any]) -> Change:
        try:
            body = (
                self._blobs.get(record["blob"])
                if record["blob"]
                else base64.b64decode(record["body"])
            )
        except FileNotFoundError as error:
            why = f"{error.filename} is missing, which {self.path} refers to"
            raise _unusable(self.path, why) from error
        moment = Moment(record["time"], record["seed"])
        return Change(record["environ"], body, moment, record["events"])

    def _append(self, record: dict[str, Any]) -> None:
        text = json.dumps(record, separators=(",", ":")).encode()
        line = memoryview(b"%08x %s\n" % (zlib.crc32(text), text))
        whole = self.length
        try:
            while line:  # a raw write may take a part only
                line = line[self._file.write(line) :]
        except OSError:
            self._file.truncate(whole)  # what is written next must not continue half a line
            raise


def _unusable(path: Path, why: str) -> MlopsError:
    return MlopsError(f"{why}; delete {path.parent} to start an empty one, or: mlops local reset")


def _parse(line: bytes) -> dict[str, Any] | None:
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    try:
        if not line.endswith(b"\n") or int(checksum, 16) != zlib.crc32(text):
            return None
    except ValueError:
        return None
    record: dict[str, Any] = json.loads(text)
    return record


def _whole_length(path: Path) -> int:
    """Return the length without a last line that was cut short."""
    size = path.stat().st_size
    with path.open("rb") as file:
        step = 64 * 1024
        end = size
        while end > 0:
            start = max(0, end - step)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            end = start
    return 0
