"""Policies cut down to what can decide about one action.

A statement that is not about an action, or about no resource of the kinds that the action acts on,
decides nothing about its requests. Without such statements most actions are seen to be decided as
before, and the solver has less to read.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from mlops.proofs.actions import concerns
from mlops.proofs.evaluator import Arbitrary, PoliciesInForce
from mlops.proofs.policy import Selection
from mlops.proofs.templates import Variable, Wildcard, parse_template, split_arn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlops.proofs.policy import Policy, Statement
    from mlops.proofs.templates import Template

    Parts = tuple[str, ...]

_MANY, _ONE = "*", "?"
_ESCAPED = "\0"


def slice_of(policies: PoliciesInForce, action: str, shapes: tuple[str, ...]) -> PoliciesInForce:
    """Cut policies down to one action.

    Parameters
    ----------
    policies : PoliciesInForce
        What decides.
    action : str
        ``service:Action``.
    shapes : tuple of str
        What the action's resources look like; empty for any.

    Returns
    -------
    PoliciesInForce
        Decide as the whole does about every request by this action on such a resource.
    """
    return PoliciesInForce(
        _several(policies.identity, action, shapes),
        None if policies.boundary is None else _policy(policies.boundary, action, shapes),
        _several(policies.resource, action, shapes),
        None if policies.endpoint is None else _policy(policies.endpoint, action, shapes),
        policies.resource_policy_decides,
    )


def content(
    statements: Iterable[tuple[str, Statement]], action: str, shapes: tuple[str, ...]
) -> frozenset[object]:
    """Give what statements say of one action, to compare.

    Parameters
    ----------
    statements : iterable of (str, Statement)
        Each with the kind of its policy.
    action, shapes
        As in `slice_of`.

    Returns
    -------
    frozenset
        Equal for statements that say the same of it.
    """
    return frozenset(
        (kind, replace(cut, where="", actions=Selection(())))
        for kind, each in statements
        if concerns(each.actions, action)
        for cut in [_statement(each, shapes)]
        if cut is not None
    )


def _several(
    policies: tuple[Policy, ...] | Arbitrary, action: str, shapes: tuple[str, ...]
) -> tuple[Policy, ...] | Arbitrary:
    if isinstance(policies, Arbitrary):
        return policies
    return tuple(_policy(each, action, shapes) for each in policies)


def _policy(policy: Policy, action: str, shapes: tuple[str, ...]) -> Policy:
    kept = (
        _statement(each, shapes) for each in policy.statements if concerns(each.actions, action)
    )
    return replace(policy, statements=tuple(each for each in kept if each is not None))


def _statement(statement: Statement, shapes: tuple[str, ...]) -> Statement | None:
    """Keep of a statement the resources that can be meant; None when there is none."""
    resources = statement.resources
    if resources is None or resources.inverted or not shapes:
        return statement
    kept = tuple(
        each for each in resources.patterns if any(overlap(each, shape) for shape in shapes)
    )
    return replace(statement, resources=Selection(kept)) if kept else None


@cache
def overlap(template: Template, shape: str) -> bool:
    """Tell whether some text fits a policy's pattern and a shape, too.

    Parameters
    ----------
    template : Template
        The pattern; a policy variable in it may stand for anything.
    shape : str
        Text with ``*``; alone, that is the resource ``*`` of an action without resources.

    Returns
    -------
    bool
        Exact but for variables.

    Notes
    -----
    IAM User Guide, "IAM JSON policy elements: Resource": a wildcard stays within its segment of
    an ARN, save in the last one.
    """
    if shape == _MANY:
        return _meet(_signs(template.parts), (f"{_ESCAPED}{_MANY}",))
    other = parse_template(shape, wildcards=True, variables=False)
    one, two = split_arn(template), split_arn(other)
    if one is None or two is None:
        return _meet(_signs(template.parts), _signs(other.parts))
    return all(_meet(_signs(a), _signs(b)) for a, b in zip(one, two, strict=True))


def _signs(parts: tuple[str | Wildcard | Variable, ...]) -> Parts:
    signs: list[str] = []
    for part in parts:
        if isinstance(part, Wildcard):
            signs.append(part.value)
        elif isinstance(part, Variable):
            signs.append(_MANY)
        else:
            signs += [f"{_ESCAPED}{each}" if each in {_MANY, _ONE} else each for each in part]
    return tuple(signs)


def _meet(one: Parts, other: Parts) -> bool:
    """Run through two patterns at once; the state is a set of places in the second."""
    places = _past_wildcards({0}, other)
    for sign in one:
        if sign == _MANY:
            places = set(range(min(places), len(other) + 1)) if places else places
            continue
        after: set[int] = set()
        for place in places:
            if place < len(other) and other[place] == _MANY:
                after.add(place)
            elif place < len(other) and (sign == _ONE or other[place] in {_ONE, sign}):
                after.add(place + 1)
        places = _past_wildcards(after, other)
    return len(other) in places


def _past_wildcards(places: set[int], other: Parts) -> set[int]:
    found = set(places)
    for place in places:
        while place < len(other) and other[place] == _MANY:
            place += 1  # noqa: PLW2901 - runs over the wildcards
            found.add(place)
    return found
