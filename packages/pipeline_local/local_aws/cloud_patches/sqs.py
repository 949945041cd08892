"""Patches of moto's SQS: long polls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws import long_polls
from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    nobody_waits_for_a_poll()


def nobody_waits_for_a_poll() -> None:
    """Answer at once, and say how long the client waits; moto would hold every other request."""
    from moto.sqs.models import SQSBackend

    def receive(
        known: Callable[..., Any], self: Any, queue: str, count: int, wait: int, *more: Any
    ) -> Any:
        found = known(self, queue, count, 0, *more)
        if not found:
            long_polls.ask(wait)
        return found

    around(SQSBackend, "receive_message", receive)
