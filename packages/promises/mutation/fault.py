"""Seeded faults."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from promises.mutation.templates import Body, Place, Templates

    Mutator: TypeAlias = Callable[[Body], Iterator[tuple[str, list[Body]]]]
    Seeder: TypeAlias = Callable[[Templates], Iterator["Fault"]]

ACCOUNT = "999999999999"
STRANGER = f"arn:aws:iam::{ACCOUNT}:root"


@dataclass(frozen=True)
class Fault:
    """One change of one template: new bodies by logical id, None to remove a resource.

    `of_policy`: only policy documents change, so the solver can compare before and after.
    """

    kind: str
    where: str
    what: str
    file: str
    resources: Mapping[str, Body | None]
    of_policy: bool = False
    name: str = ""


def in_statements(kind: str, mutator: Mutator, templates: Templates) -> Iterator[Fault]:
    """Apply a change, in words and new statements, to every statement it fits."""
    for place in templates.statements():
        for what, statements in mutator(copy.deepcopy(place.statement)):
            body = _replaced(templates, place, statements)
            yield Fault(
                kind, place.text, what, place.file, {place.logical_id: body}, of_policy=True
            )


def _replaced(templates: Templates, place: Place, statements: list[Body]) -> Body:
    body = templates.files[place.file]["Resources"][place.logical_id]
    end = place.index + 1
    return dict(_spliced(body, place.path, slice(place.index, end), statements))


def _spliced(value: Any, path: tuple[str | int, ...], where: slice, new: list[Body]) -> Any:
    """Copy along the path only: templates are large, and what is beside it stays as it is."""
    fresh = copy.copy(value)
    if path:
        fresh[path[0]] = _spliced(value[path[0]], path[1:], where, new)
    else:
        fresh[where] = new
    return fresh


def changed(body: Body, *path: str, to: object) -> Body:
    """Return a resource's body with one property changed; None removes it."""
    fresh = copy.deepcopy(body)
    target = fresh.setdefault("Properties", {})
    for step in path[:-1]:
        target = target.setdefault(step, {})
    if to is None:
        target.pop(path[-1], None)
    else:
        target[path[-1]] = to
    return fresh


def listed(value: object) -> list[Any]:
    """Return an element that may be one value or a list as a list."""
    return list(value) if isinstance(value, list) else [value]
