"""Faults of principals: a stranger is let in, a role is left out of a Deny."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING

from promises.mutation.fault import STRANGER, in_statements, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.mutation.fault import Seeder
    from promises.mutation.templates import Body

_ROLES = "arn:aws:iam::*:role/*admin*"


def _stranger(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    principal = statement.get("Principal")
    if statement["Effect"] != "Allow" or not isinstance(principal, dict):
        return
    if "*" in listed(principal.get("AWS", [])):
        return
    aws = [each for each in listed(principal.get("AWS")) if each is not None]
    yield f"{STRANGER} too", [{**statement, "Principal": {**principal, "AWS": [*aws, STRANGER]}}]


def _everyone(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    principal = statement.get("Principal")
    known = isinstance(principal, dict) and "*" not in listed(principal.get("AWS", []))
    if statement["Effect"] == "Allow" and known:
        yield "everyone", [{**statement, "Principal": "*"}]


def _denied_to_one(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    if statement["Effect"] == "Deny" and "Principal" in statement:
        yield "denied to one only", [{**statement, "Principal": {"AWS": STRANGER}}]


def _exempt(
    statement: Body, operator: str, key: str, value: str
) -> Iterator[tuple[str, list[Body]]]:
    if statement["Effect"] != "Deny":
        return
    fresh = copy.deepcopy(statement)
    block = fresh.setdefault("Condition", {}).setdefault(operator, {})
    if key not in block:
        block[key] = value
        yield f"only where {operator} {key} {value}", [fresh]


SEEDERS: tuple[tuple[str, Seeder], ...] = tuple(
    (kind, partial(in_statements, kind, mutator))
    for kind, mutator in (
        ("add a foreign principal", _stranger),
        ("let everyone in", _everyone),
        ("deny one principal only", _denied_to_one),
        (
            "exempt a role",
            partial(_exempt, operator="ArnNotLike", key="aws:PrincipalArn", value=_ROLES),
        ),
        (
            "exempt calls by a service",
            partial(_exempt, operator="Bool", key="aws:ViaAWSService", value="false"),
        ),
    )
)
