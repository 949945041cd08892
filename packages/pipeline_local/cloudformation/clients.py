"""Clients of the local AWS for an engine that runs in its process."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline_local.aws.address import Address
from pipeline_local.aws.connection import Aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STEP_HEADER = "x-local-aws-step"


class Clients:
    """boto3's clients by account and region; requests carry the step that they belong to."""

    def __init__(self, port: Callable[[], int]) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._places: dict[tuple[str, str], Aws] = {}
        self._marked: set[tuple[str, str, str]] = set()
        self._step = threading.local()

    def of(self, account: str, region: str) -> Callable[[str], Any]:
        """Return the function that gives the client of a service."""

        def client(service: str) -> Any:
            with self._lock:
                aws = self._places.get((account, region))
                if aws is None:
                    server = Address(0, self._port(), "", "")
                    aws = self._places[account, region] = Aws(region, account, server)
                made = aws.client(service)
                if (account, region, service) not in self._marked:
                    self._marked.add((account, region, service))
                    made.meta.events.register("request-created", self._mark)
                return made

        return client

    @contextmanager
    def step(self, token: str) -> Iterator[None]:
        """Mark this thread's requests."""
        self._step.token = token
        try:
            yield
        finally:
            self._step.token = ""

    def _mark(self, request: Any, **_: object) -> None:
        token = getattr(self._step, "token", "")
        if token:
            request.headers[STEP_HEADER] = token
