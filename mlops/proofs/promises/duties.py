"""What a role is there for, read from the charter that stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.errors import MlopsError
from mlops.proofs.actions import members
from mlops.proofs.formulas import AllOf, AnyOf, key, resource_like
from mlops.proofs.policy import Selection
from mlops.proofs.templates import parse_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlops.proofs.formulas import Formula
    from mlops.proofs.world import Role

CHARTER_METADATA = "secure-mlops:charter"


@dataclass(frozen=True)
class Duty:
    """One thing that a role is there for.

    Parameters
    ----------
    what : str
        In words.
    actions : Selection
        By which actions.
    formula : Formula
        On which resources, and when.
    resources : tuple of str
        Those resources, as patterns.
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
    services : tuple of str
        Which take it on.
    people : Formula or None
        What holds of a person's request to take it on; None when no person does.
    duties : tuple of Duty
        All it may do.
    """

    services: tuple[str, ...]
    people: Formula | None
    duties: tuple[Duty, ...]


def read_charter(role: Role) -> Charter:
    """Read the charter that stands on a role.

    Parameters
    ----------
    role : Role
        The role.

    Returns
    -------
    Charter
        Its charter.

    Raises
    ------
    MlopsError
        When a part is missing or of the wrong type.
    """
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
    """Group actions by the duties that they can belong to: one question each.

    Parameters
    ----------
    duties : sequence of Duty
        All there are.
    actions : sequence of str
        Names of actions.

    Yields
    ------
    tuple of (tuple of Duty, list of str)
        The duties, none among them, and the actions that belong to exactly these.
    """
    chosen = [(each, members(each.actions, tuple(actions))) for each in duties]
    groups: dict[tuple[Duty, ...], list[str]] = {}
    for index, action in enumerate(actions):
        these = tuple(each for each, selected in chosen if selected >> index & 1)
        groups.setdefault(these, []).append(action)
    yield from groups.items()
