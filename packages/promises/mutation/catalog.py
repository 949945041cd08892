"""All faults, in an order that depends on the templates only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from promises.mutation.faults import (
    callers,
    conditions,
    holders,
    lookups,
    network,
    operators,
    principals,
    scopes,
    sending,
    statements,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promises.mutation.fault import Fault, Seeder
    from promises.mutation.templates import Templates

_FAMILIES = (
    *(statements, conditions, operators, scopes, principals, network, holders, callers),
    *(sending, lookups),
)
SEEDERS: tuple[tuple[str, Seeder], ...] = tuple(
    seeder for family in _FAMILIES for seeder in family.SEEDERS
)


def all_faults(templates: Templates, most: int | None = None) -> list[Fault]:
    """List the faults for some templates, at most so many of one kind, evenly taken."""
    return [
        replace(fault, name=f"{number:02}-{index:03}")
        for number, (_, seeder) in enumerate(SEEDERS, start=1)
        for index, fault in _evenly(list(enumerate(seeder(templates), start=1)), most)
    ]


def _evenly(faults: Sequence[tuple[int, Fault]], most: int | None) -> Sequence[tuple[int, Fault]]:
    if most is None or len(faults) <= most:
        return faults
    return [faults[position * len(faults) // most] for position in range(most)]
