"""Faults of one condition: lost, or with one value more or less."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING

from promises.mutation.fault import ACCOUNT, STRANGER, in_statements, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.mutation.fault import Seeder
    from promises.mutation.templates import Body


def conditions_of(statement: Body) -> Iterator[tuple[str, str]]:
    """Yield operator and key of each condition of a statement."""
    for operator, keys in statement.get("Condition", {}).items():
        for name in keys:
            yield operator, name


def without(statement: Body, operator: str, name: str) -> Body:
    """Return a statement without one of its conditions."""
    fresh = copy.deepcopy(statement)
    del fresh["Condition"][operator][name]
    if not fresh["Condition"][operator]:
        del fresh["Condition"][operator]
    if not fresh["Condition"]:
        del fresh["Condition"]
    return fresh


def _dropped(statement: Body, *, via_service: bool) -> Iterator[tuple[str, list[Body]]]:
    for operator, name in conditions_of(statement):
        if (name.lower() == "kms:viaservice") is via_service:
            yield f"without {operator} {name}", [without(statement, operator, name)]


def _foreign(operator: str, name: str) -> str:
    if "Arn" in operator:
        return STRANGER.replace(":root", ":role/stranger")
    if name.lower().endswith("account"):
        return ACCOUNT
    return "vpce-00000000000000000" if name.lower().endswith("sourcevpce") else "foreign"


def _one_more(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    for operator, name in conditions_of(statement):
        if operator.removesuffix("IfExists") in {"Null", "Bool"}:
            continue
        fresh, value = copy.deepcopy(statement), _foreign(operator, name)
        values = listed(fresh["Condition"][operator][name])
        fresh["Condition"][operator][name] = [*values, value]
        yield f"{operator} {name} also takes {value}", [fresh]


def _one_less(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    for operator, name in conditions_of(statement):
        values = listed(statement["Condition"][operator][name])
        if len(values) > 1:
            fresh = copy.deepcopy(statement)
            fresh["Condition"][operator][name] = values[:-1]
            yield f"{operator} {name} without its last value", [fresh]


SEEDERS: tuple[tuple[str, Seeder], ...] = tuple(
    (kind, partial(in_statements, kind, mutator))
    for kind, mutator in (
        ("drop a condition key", partial(_dropped, via_service=False)),
        ("drop KMS via-service", partial(_dropped, via_service=True)),
        ("add a value to a condition", _one_more),
        ("drop a value of a condition", _one_less),
    )
)
