"""The actions that credentials of a role may be used for from inside our VPC only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from mlops_contract.callers import INSIDE, callers
from mlops_contract.records import MalformedRecordError, parse

FILE: Final = "unbound.yaml"


@dataclass(frozen=True)
class UnboundRoles:
    """Roles under which no code runs whose credentials anybody has."""

    roles: tuple[str, ...]
    why: str
    source: str


@dataclass(frozen=True)
class UnboundActions:
    """Actions that services also call from their own network; `only` under these roles."""

    by: tuple[str, ...]
    actions: tuple[str, ...]
    why: str
    source: str
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unbound:
    """The whole table."""

    roles: tuple[UnboundRoles, ...]
    actions: tuple[UnboundActions, ...]


@cache
def unbound() -> Unbound:
    """Read the table of what is bound to no network."""
    import yaml

    loaded: Any = yaml.safe_load(files(__package__).joinpath(FILE).read_text(encoding="utf-8"))
    found: Unbound = parse(Unbound, loaded, FILE)
    return found


def reasons(role: str) -> dict[str, UnboundRoles | UnboundActions]:
    """Say of each action that is not bound under a role, why it is not."""
    row = callers().roles[role]
    for whole in unbound().roles:
        if role in whole.roles:
            called = {action for work in callers().of(role) for action in work.actions}
            return dict.fromkeys(sorted(called), whole)
    return {
        action: each
        for each in unbound().actions
        if row.by in each.by and (not each.only or role in each.only)
        for action in each.actions
    }


@cache
def bound(role: str) -> tuple[str, ...]:
    """List the actions that a role may do from inside our VPC only, by its row's name.

    Examples
    --------
    >>> bound("batch-announcer"), bound("scheduler")
    (('events:PutEvents',), ())

    Raises
    ------
    MalformedRecordError
        Where an action is called from elsewhere, too, and the table does not say why.
    """
    excused = reasons(role)
    origins: dict[str, set[str]] = {}
    for work in callers().of(role):
        for action in work.actions:
            origins.setdefault(action, set()).add(work.origin)
    found = sorted(action for action in origins if action not in excused)
    if others := [each for each in found if origins[each] != {INSIDE}]:
        raise MalformedRecordError(
            f"{FILE}: {role} calls {', '.join(others)} from elsewhere, too; say in a row why"
        )
    return tuple(found)
