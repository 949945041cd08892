"""Actions of a statement; they are concrete, so no solver is needed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from iam_prover.conditions import pattern

if TYPE_CHECKING:
    from iam_prover.policy import Selection
    from iam_prover.templates import Template

# Questions share few lists of actions, but each statement chooses from each.
_LISTS, _CHOICES = 256, 16_384


def concerns(selection: Selection, action: str) -> bool:
    """Check whether an Action or NotAction element selects an action."""
    return members(selection, (action,)) == 1


@lru_cache(_CHOICES)
def members(selection: Selection, actions: tuple[str, ...]) -> int:
    """Return which actions of a list an Action or NotAction element selects."""
    places = _places(actions)
    listed = 0
    for each in selection.patterns:
        listed |= _matching(each, places)
    return ((1 << len(actions)) - 1) & ~listed if selection.inverted else listed


@lru_cache(_LISTS)
def _places(actions: tuple[str, ...]) -> dict[str, int]:
    """Return the bits of each action, in lower case; a list may have one twice."""
    places: dict[str, int] = {}
    for index, action in enumerate(actions):
        places[action.lower()] = places.get(action.lower(), 0) | 1 << index
    return places


def _matching(template: Template, places: dict[str, int]) -> int:
    literal = template.literal
    if literal is not None:
        return places.get(literal, 0)
    expression = pattern(template.parts)
    found = 0
    for action, bits in places.items():
        if expression.fullmatch(action):
            found |= bits
    return found
