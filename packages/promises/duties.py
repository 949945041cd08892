"""What a role is there for, read from the charter that stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iam_prover.actions import members
from iam_prover.formulas import AllOf, AnyOf, key, resource_like
from iam_prover.policy import Selection
from iam_prover.templates import parse_template
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from iam_prover.formulas import Formula
    from promises.world import Role

CHARTER_METADATA = "secure-mlops:charter"


@dataclass(frozen=True)
class Duty:
    """One thing that a role is there for.

    Parameters
    ----------
    because : str
        Why it gives the role no rights beyond its own, where it lends it code or roles of others;
        empty otherwise.
    """

    what: str
    actions: Selection
    formula: Formula
    resources: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True)
class Charter:
    """What one role is for.

    Parameters
    ----------
    people : Formula or None
        What holds of a person's request to take it on; None when no person does.
    """

    services: tuple[str, ...]
    people: Formula | None
    duties: tuple[Duty, ...]


def read_charter(role: Role) -> Charter:
    """Read the charter that stands on a role."""
    content: Any = role.resource.metadata[CHARTER_METADATA]
    try:
        takers = content["taken_on_by"]
        people = takers.get("people")
        return Charter(
            tuple(map(str, takers.get("services", ()))),
            None if people is None else AnyOf(tuple(_when(each) for each in people)),
            tuple(_duty(each) for each in content["duties"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise MlopsError(
            f"{role.resource.where}: {CHARTER_METADATA} cannot be read ({error}); it needs "
            "taken_on_by and duties, each with duty, actions and resources"
        ) from None


def _duty(row: Mapping[str, Any]) -> Duty:
    formula = AllOf((resource_like(*row["resources"]), _when(row.get("when", {}))))
    actions = tuple(
        parse_template(each.lower(), wildcards=True, variables=False) for each in row["actions"]
    )
    resources = tuple(map(str, row["resources"]))
    because = str(row.get("because", ""))
    return Duty(str(row["duty"]), Selection(actions), formula, resources, because)


def _when(conditions: Mapping[str, Sequence[str]]) -> Formula:
    """Have every key match one of its patterns; a key without any must be missing."""
    return AllOf(
        tuple(
            key("StringLike", name, *values, variables=True)
            if values
            else key("Null", name, "true")
            for name, values in conditions.items()
        )
    )


def duties_that_lend(roles: Iterable[Role]) -> tuple[Duty, ...]:
    """Give the duties that let roles use code or roles of others, each with its reason."""
    return tuple(
        duty
        for role in roles
        if CHARTER_METADATA in role.resource.metadata
        for duty in read_charter(role).duties
        if duty.because
    )


def by_duty(
    duties: Sequence[Duty], actions: Sequence[str]
) -> Iterator[tuple[tuple[Duty, ...], list[str]]]:
    """Group actions by the duties that they can belong to: one question each."""
    chosen = [(each, members(each.actions, tuple(actions))) for each in duties]
    groups: dict[tuple[Duty, ...], list[str]] = {}
    for index, action in enumerate(actions):
        these = tuple(each for each, selected in chosen if selected >> index & 1)
        groups.setdefault(these, []).append(action)
    yield from groups.items()
