"""Faults of whole statements: lost, or opened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from promises.mutation.fault import in_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.mutation.fault import Seeder
    from promises.mutation.templates import Body


def _dropped(statement: Body, effect: str) -> Iterator[tuple[str, list[Body]]]:
    if statement["Effect"] == effect:
        yield f"the {effect} statement is gone", []


def _unconditional(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    if statement.get("Condition") and statement["Effect"] == "Allow":
        del statement["Condition"]
        yield "all its conditions are gone", [statement]


SEEDERS: tuple[tuple[str, Seeder], ...] = tuple(
    (kind, partial(in_statements, kind, mutator))
    for kind, mutator in (
        ("drop a Deny statement", partial(_dropped, effect="Deny")),
        ("drop an Allow statement", partial(_dropped, effect="Allow")),
        ("drop all conditions", _unconditional),
    )
)
