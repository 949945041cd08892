"""All promises by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promises import (
    accounts,
    buckets,
    ceiling,
    charters,
    closed_world,
    compute,
    crossing,
    deletion,
    endpoints,
    escalation,
    keys,
    network,
    storage_endpoint,
)

if TYPE_CHECKING:
    from promises.claims import Promise

PROMISES: tuple[Promise, ...] = tuple(
    sorted(
        (
            *buckets.PROMISES,
            *storage_endpoint.PROMISES,
            *compute.PROMISES,
            *closed_world.PROMISES,
            *escalation.PROMISES,
            *keys.PROMISES,
            *endpoints.PROMISES,
            *accounts.PROMISES,
            *deletion.PROMISES,
            *network.PROMISES,
            *ceiling.PROMISES,
            *charters.PROMISES,
            *crossing.PROMISES,
        ),
        key=lambda promise: promise.number,
    )
)
