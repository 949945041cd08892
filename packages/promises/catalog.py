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
    credentials,
    crossing,
    deletion,
    endpoints,
    escalation,
    keys,
    lookups,
    model_roles,
    network,
    senders,
    sources,
    storage_endpoint,
    work,
)

if TYPE_CHECKING:
    from promises.claims import Promise

_MODULES = (
    buckets,
    storage_endpoint,
    compute,
    closed_world,
    escalation,
    keys,
    endpoints,
    accounts,
    deletion,
    network,
    ceiling,
    charters,
    crossing,
    sources,
    work,
    model_roles,
    senders,
    credentials,
    lookups,
)
PROMISES: tuple[Promise, ...] = tuple(
    sorted(
        (promise for module in _MODULES for promise in module.PROMISES),
        key=lambda promise: promise.number,
    )
)
