"""Faults of actions and resources: a wider Allow, a narrower Deny."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING

from promises.mutation.fault import in_statements, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.mutation.fault import Seeder
    from promises.mutation.templates import Body

_SAMPLE = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]


def _any_resource(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    resources = listed(statement.get("Resource", "*"))
    if statement["Effect"] == "Allow" and "*" not in resources:
        yield "any resource", [{**statement, "Resource": "*"}]


def _any_of_service(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    actions = listed(statement.get("Action", "*"))
    if statement["Effect"] != "Allow" or "*" in actions:
        return
    for service in dict.fromkeys(str(each).partition(":")[0] for each in actions):
        if f"{service}:*" not in actions:
            yield f"any action of {service}", [{**statement, "Action": f"{service}:*"}]


def _any_action(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    if statement["Effect"] == "Allow" and "*" not in listed(statement.get("Action", "*")):
        yield "any action", [{**statement, "Action": "*"}]


def _less(statement: Body, element: str) -> Iterator[tuple[str, list[Body]]]:
    """Leave the first or the last entry out of a Deny; out of `Not…` an Allow's."""
    for name in (element, f"Not{element}"):
        if name not in statement or (statement["Effect"] == "Deny") is (name != element):
            continue
        entries = listed(statement[name])
        for index in dict.fromkeys((0, len(entries) - 1)) if len(entries) > 1 else ():
            fresh = copy.deepcopy(statement)
            fresh[name] = entries[:index] + entries[index + 1 :]
            yield f"{name} without entry {index}", [fresh]


def _sampled(statement: Body) -> Iterator[tuple[str, list[Body]]]:
    if statement["Effect"] == "Deny" and statement.get("Action") in ("*", "s3:*"):
        yield "only Get, Put and List are denied", [{**statement, "Action": _SAMPLE}]


SEEDERS: tuple[tuple[str, Seeder], ...] = tuple(
    (kind, partial(in_statements, kind, mutator))
    for kind, mutator in (
        ("widen to any resource", _any_resource),
        ("widen to a service's actions", _any_of_service),
        ("widen to any action", _any_action),
        ("narrow a Deny's actions", partial(_less, element="Action")),
        ("narrow a Deny's resources", partial(_less, element="Resource")),
        ("deny Get, Put and List only", _sampled),
    )
)
