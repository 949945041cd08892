"""Messages between a `Prover` and its child process.

Most questions are about policies of questions before: each policy is sent once.
"""

from __future__ import annotations

import io
import os
import pickle
import select
import time
from typing import IO, Any

from iam_prover.policy import Policy

_LENGTH_BYTES = 8


class Sender:
    """Writes messages to a stream, and remembers which policies the other side has."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._sent: dict[int, tuple[int, Policy]] = {}

    def send(self, message: object) -> None:
        """Write one message, its length first."""
        fresh: list[Policy] = []

        def number(part: object) -> int | None:
            if not isinstance(part, Policy):
                return None
            if id(part) not in self._sent:
                self._sent[id(part)] = len(self._sent), part
                fresh.append(part)
            return self._sent[id(part)][0]

        content = io.BytesIO()
        pickler = pickle.Pickler(content)
        pickler.persistent_id = number  # type: ignore[method-assign]
        pickler.dump(message)
        body = pickle.dumps((fresh, content.getvalue()))
        self._stream.write(len(body).to_bytes(_LENGTH_BYTES) + body)
        self._stream.flush()


class Receiver:
    """Reads from a stream what a `Sender` wrote."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._policies: list[Policy] = []
        self._poll = select.poll()
        self._poll.register(stream, select.POLLIN)

    def receive(self, timeout: float | None = None) -> Any:
        """Read one message."""
        deadline = None if timeout is None else time.monotonic() + timeout
        length = int.from_bytes(self._read(_LENGTH_BYTES, deadline))
        fresh, body = pickle.loads(self._read(length, deadline))  # noqa: S301 - from our own process
        self._policies += fresh
        unpickler = pickle.Unpickler(io.BytesIO(body))  # noqa: S301 - from our own process
        unpickler.persistent_load = self._policies.__getitem__  # type: ignore[method-assign]
        return unpickler.load()

    def _read(self, size: int, deadline: float | None) -> bytes:
        """Read past Python's own buffer, which a poll cannot see."""
        body = b""
        while len(body) < size:
            remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not self._poll.poll(None if remaining is None else remaining * 1000):
                raise TimeoutError
            piece = os.read(self._stream.fileno(), size - len(body))
            if not piece:
                raise EOFError
            body += piece
        return body
