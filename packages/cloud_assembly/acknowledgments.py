"""Findings of the rule packs that were accepted, read from the templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud_assembly.metadata import our_metadata, read_key
from mlops_contract.metadata import ACKNOWLEDGED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloud_assembly.stack import Stack

WHOLE_STACK = "(whole stack)"


@dataclass(frozen=True, order=True)
class Acknowledged:
    """One accepted finding of a rule, of a resource or of the whole stack."""

    stack: str
    resource: str
    rule: str
    reason: str


def acknowledged_in(stack: Stack) -> Iterator[Acknowledged]:
    """Yield what a stack acknowledges, in the order of its template."""
    yield from _entries(stack, WHOLE_STACK, stack.template)
    for logical_id, resource in stack.resources.items():
        yield from _entries(stack, logical_id, resource)


def _entries(stack: Stack, resource: str, body: dict[str, Any]) -> Iterator[Acknowledged]:
    where = f"{stack.name}/{resource}"
    for entry in read_key(ACKNOWLEDGED, our_metadata(body, where), where):
        yield Acknowledged(stack.name, resource, entry.rule, entry.reason)
