"""Duties of a role, read from the charter that stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

from iam_prover.actions import members
from iam_prover.formulas import AllOf, AnyOf, key, present, resource_like
from iam_prover.keys import Arity, arity
from iam_prover.policy import Selection
from iam_prover.templates import parse_template
from mlops_contract.metadata import CHARTER
from mlops_contract.names import environments_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from iam_prover.formulas import Formula
    from mlops_contract.metadata import Charter
    from promises.world import Role, World


@dataclass(frozen=True)
class Duty:
    """One duty of a role, as a formula about requests."""

    what: str
    actions: Selection
    formula: Formula
    resources: tuple[str, ...] = ()
    because: str = ""


def charter_of(role: Role) -> Charter | None:
    """Read the charter that stands on a role."""
    return role.resource.record(CHARTER)


def is_ours(world: World) -> bool:
    """Tell whether an environment is of this platform: its roles have charters, or its names."""
    named = environments_named(each.name for each in world.roles)
    return bool(named) or any(charter_of(each) is not None for each in world.roles)


def people_of(charter: Charter) -> Formula | None:
    """Return a formula of people's requests to assume the role; None when no person may."""
    people = charter.assumed_by.people
    return None if people is None else AnyOf(tuple(_when(each) for each in people))


def duties_of(charter: Charter) -> tuple[Duty, ...]:
    """Return the duties of a charter."""
    return tuple(
        Duty(
            each.duty,
            Selection(
                tuple(
                    parse_template(action.lower(), wildcards=True, variables=False)
                    for action in each.actions
                )
            ),
            AllOf((resource_like(*each.resources), _when(each.when))),
            each.resources,
            each.because,
        )
        for each in charter.duties
    )


def _when(conditions: Mapping[str, Sequence[str]]) -> Formula:
    """Have every key match one of its patterns; a key without any must be missing."""
    return AllOf(tuple(_matches(name, *values) for name, values in conditions.items()))


def _matches(name: str, *values: str) -> Formula:
    if not values:
        return key("Null", name, "true")
    if arity(name) is not Arity.MANY:
        return key("StringLike", name, *values, variables=True)
    every = key("ForAllValues:StringLike", name, *values, variables=True)
    return AllOf((present(name), every))


def duties_that_lend(roles: Iterable[Role]) -> tuple[Duty, ...]:
    """Return the duties that let roles use code or roles of others, each with its reason."""
    return tuple(
        duty
        for role in roles
        if (charter := charter_of(role))
        for duty in duties_of(charter)
        if duty.because
    )


def by_duty(
    duties: Sequence[Duty], actions: Sequence[str]
) -> Iterator[tuple[tuple[Duty, ...], list[str]]]:
    """Group actions by the duties that they can belong to: one question each."""
    listed = tuple(actions)
    groups: list[tuple[tuple[Duty, ...], int]] = [((), (1 << len(listed)) - 1)]
    for each in duties:
        selected = members(each.actions, listed)
        halves = (
            half
            for those, bits in groups
            for half in (((*those, each), bits & selected), (those, bits & ~selected))
        )
        groups = [half for half in halves if half[1]]
    for those, bits in sorted(groups, key=lambda group: group[1] & -group[1]):
        yield those, list(compress(listed, map(int, reversed(f"{bits:b}"))))
