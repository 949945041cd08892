"""Messages between a `Prover` and its child process."""

from __future__ import annotations

import os
import pickle
import selectors
import time
from typing import IO, Any

_LENGTH_BYTES = 8


def send(stream: IO[bytes], message: object) -> None:
    """Write one message, its length first."""
    body = pickle.dumps(message)
    stream.write(len(body).to_bytes(_LENGTH_BYTES) + body)
    stream.flush()


def receive(stream: IO[bytes], timeout: float | None = None) -> Any:
    """Read what `send` wrote."""
    deadline = None if timeout is None else time.monotonic() + timeout
    length = int.from_bytes(_read(stream, _LENGTH_BYTES, deadline))
    return pickle.loads(_read(stream, length, deadline))  # noqa: S301 - from our own process


def _read(stream: IO[bytes], size: int, deadline: float | None) -> bytes:
    """Read past Python's own buffer, which a selector cannot see."""
    body = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while len(body) < size:
            remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not selector.select(remaining):
                raise TimeoutError
            piece = os.read(stream.fileno(), size - len(body))
            if not piece:
                raise EOFError
            body += piece
    return body
